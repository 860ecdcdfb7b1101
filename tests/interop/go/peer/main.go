// Command peer checks a log with code that was written by others: notes and checkpoints, proofs,
// paths, and the log itself as its tiles are served over HTTP.
//
//	peer facts.json http://127.0.0.1:port
//
// One line for each kind of check, with how many passed; the first that does not ends the program.
package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"strconv"

	"filippo.io/torchwood"
	"github.com/transparency-dev/formats/log"
	fnote "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api/layout"
	"github.com/transparency-dev/tessera/client"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// facts is what the log's own program says of itself.
type facts struct {
	Origin, Vkey, Cosigner string
	Checkpoints            map[string]string
	Inclusion              []struct {
		Size, Index uint64
		Leaf        string
		Proof       []string
	}
	Consistency []struct {
		Old, New uint64
		Proof    []string
	}
	Paths []struct {
		Level, Width int
		Index        uint64
		Path         string
	}
}

func fail(what string, reason any) {
	fmt.Println("FAIL", what, reason)
	os.Exit(1)
}

func must[T any](value T, err error) T {
	if err != nil {
		fail("unexpected", err)
	}
	return value
}

func octets(texts []string) [][]byte {
	var found [][]byte
	for _, text := range texts {
		found = append(found, must(base64.StdEncoding.DecodeString(text)))
	}
	return found
}

func main() {
	var f facts
	if err := json.Unmarshal(must(os.ReadFile(os.Args[1])), &f); err != nil {
		fail("facts", err)
	}
	signer := must(note.NewVerifier(f.Vkey))
	cosigner := must(fnote.NewVerifierForCosignatureV1(f.Cosigner))
	roots := notes(f, signer, cosigner)
	proofs(f, roots)
	paths(f)
	served(f, signer, os.Args[2])
}

// notes opens every checkpoint with sumdb's note package and two parsers of checkpoints.
func notes(f facts, signer, cosigner note.Verifier) map[uint64][]byte {
	roots := map[uint64][]byte{}
	for size, text := range f.Checkpoints {
		opened := must(note.Open([]byte(text), note.VerifierList(signer, cosigner)))
		if len(opened.Sigs) != 2 || len(opened.UnverifiedSigs) != 0 {
			fail("signatures", len(opened.Sigs))
		}
		one := must(torchwood.ParseCheckpoint(opened.Text))
		other, _, _, err := log.ParseCheckpoint([]byte(text), f.Origin, signer, cosigner)
		if err != nil || strconv.FormatUint(other.Size, 10) != size {
			fail("checkpoint", err)
		}
		if one.Tree.N != int64(other.Size) || !bytes.Equal(one.Hash[:], other.Hash) {
			fail("checkpoint", "two parsers, two readings")
		}
		changed := bytes.Replace([]byte(text), []byte("\n"+size+"\n"), []byte("\n1"+size+"\n"), 1)
		if _, err := note.Open(changed, note.VerifierList(signer)); err == nil {
			fail("checkpoint", "a changed one was opened")
		}
		roots[other.Size] = other.Hash
	}
	fmt.Println("notes", len(roots))
	return roots
}

func proofs(f facts, roots map[uint64][]byte) {
	for _, p := range f.Inclusion {
		leaf, path := must(base64.StdEncoding.DecodeString(p.Leaf)), octets(p.Proof)
		hasher, root := rfc6962.DefaultHasher, roots[p.Size]
		if err := proof.VerifyInclusion(hasher, p.Index, p.Size, leaf, path, root); err != nil {
			fail("inclusion", err)
		}
		var record tlog.RecordProof
		for _, each := range path {
			record = append(record, tlog.Hash(each))
		}
		size, index := int64(p.Size), int64(p.Index)
		if err := tlog.CheckRecord(record, size, tlog.Hash(root), index, tlog.Hash(leaf)); err != nil {
			fail("record", err)
		}
	}
	for _, p := range f.Consistency {
		hasher, path := rfc6962.DefaultHasher, octets(p.Proof)
		err := proof.VerifyConsistency(hasher, p.Old, p.New, path, roots[p.Old], roots[p.New])
		if err != nil {
			fail("consistency", err)
		}
	}
	fmt.Println("proofs", len(f.Inclusion)+len(f.Consistency))
}

func paths(f facts) {
	for _, p := range f.Paths {
		partial := uint8(p.Width % 256)
		path := layout.EntriesPath(p.Index, partial)
		if p.Level >= 0 {
			path = layout.TilePath(uint64(p.Level), p.Index, partial)
		}
		other := torchwood.TilePath(tlog.Tile{H: 8, L: p.Level, N: int64(p.Index), W: p.Width})
		if path != p.Path || other != p.Path {
			fail("path", p.Path)
		}
	}
	fmt.Println("paths", len(f.Paths))
}

// served reads the log over HTTP with two clients, and verifies what they get.
func served(f facts, signer note.Verifier, address string) {
	ctx := context.Background()
	fetcher := must(client.NewHTTPFetcher(must(url.Parse(address+"/")), nil))
	newest, _, _, err := client.FetchCheckpoint(ctx, fetcher.ReadCheckpoint, signer, f.Origin)
	if err != nil {
		fail("fetch", err)
	}
	builder := must(client.NewProofBuilder(ctx, newest.Size, fetcher.ReadTile))
	verified := 0
	for index := uint64(0); index < newest.Size; index += 1 + newest.Size/97 {
		path := must(builder.InclusionProof(ctx, index))
		bundle := must(client.GetEntryBundle(ctx, fetcher.ReadEntryBundle, index/256, newest.Size))
		leaf := rfc6962.DefaultHasher.HashLeaf(bundle.Entries[index%256])
		hasher := rfc6962.DefaultHasher
		if err := proof.VerifyInclusion(hasher, index, newest.Size, leaf, path, newest.Hash); err != nil {
			fail("served inclusion", err)
		}
		verified++
	}
	fmt.Println("served", verified)
	reader := must(torchwood.NewClient(must(torchwood.NewTileFetcher(address))))
	tree := tlog.Tree{N: int64(newest.Size), Hash: tlog.Hash(newest.Hash)}
	entries := 0
	for range reader.Entries(ctx, tree, 0) {
		entries++
	}
	if err := reader.Err(); err != nil {
		fail("entries", err)
	}
	fmt.Println("entries", entries)
}
