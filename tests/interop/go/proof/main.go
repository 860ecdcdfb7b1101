// Command proof verifies a tlog-proof file of an entry under a tlog-policy.
//
//	proof policy entry entry.tlog-proof
package main

import (
	"fmt"
	"os"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"
)

func must[T any](value T, err error) T {
	if err != nil {
		fmt.Println("FAIL", err)
		os.Exit(1)
	}
	return value
}

func main() {
	policy := must(torchwood.ParsePolicy(must(os.ReadFile(os.Args[1]))))
	entry, proof := must(os.ReadFile(os.Args[2])), must(os.ReadFile(os.Args[3]))
	if err := torchwood.VerifyProof(policy, tlog.RecordHash(entry), proof); err != nil {
		fmt.Println("FAIL", err)
		os.Exit(1)
	}
	fmt.Println("verified")
}
