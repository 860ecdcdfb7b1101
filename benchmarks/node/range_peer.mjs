// Times range proofs of @docknetwork/crypto-wasm-ts: one JSON line in, one JSON line out.
//
//   node range_peer.mjs FOLDER    FOLDER is where `npm ci` put node_modules
//
// A BBS signature on ten messages, five shown; one of the hidden ones is an amount, of which a
// Bulletproofs++ bound check, bound to the signature by an equality, says that it is at least so much.
//
// First line  {"value": 750000, "bound": 500000}; answered with the sizes when all of it works
// Then        {"operation": "prove", "predicate": true, "count": 1} -> {"nanoseconds": 1700000000}

import {createRequire} from 'node:module';
import {createInterface} from 'node:readline';
import {join, resolve} from 'node:path';

const require = createRequire(join(resolve(process.argv[2]), 'node_modules', 'x.js'));
const dock = require('@docknetwork/crypto-wasm-ts');
await dock.initializeWasm();

const COUNT = 10;
const SHOWN = 5;
const AMOUNT = 6;
const nonce = new Uint8Array(32);

function prepare({value, bound}) {
  const params = dock.BBSSignatureParams.generate(COUNT);
  const keys = dock.BBSKeypair.generate(params);
  const messages = [];
  for(let i = 0; i < COUNT; ++i) {
    messages.push(dock.BBSSignature.encodeMessageForSigning(new Uint8Array([i])));
  }
  messages[AMOUNT] = dock.BBSSignature.encodePositiveNumberForSigning(value);
  const signature = dock.BBSSignature.generate(messages, keys.sk, params, false);
  const shown = new Map();
  const hidden = new Map();
  messages.forEach((message, i) => (i < SHOWN ? shown : hidden).set(i, message));
  // Decompressed once, as a service would.
  const setup = new dock.BoundCheckBppParams(new Uint8Array([1, 2, 3])).decompress();

  function spec(proving, predicate) {
    const statements = new dock.Statements();
    const bbs = statements.add(proving ?
      dock.Statement.bbsSignatureProver(params, shown, false) :
      dock.Statement.bbsSignatureVerifier(params, keys.pk, shown, false));
    const meta = new dock.MetaStatements();
    if(predicate) {
      // The largest bound that a JavaScript number carries exactly; the proof is of 64 bits.
      const range = statements.add(
        dock.Statement.boundCheckBpp(bound, Number.MAX_SAFE_INTEGER, setup));
      const equality = new dock.WitnessEqualityMetaStatement();
      equality.addWitnessRef(bbs, AMOUNT);
      equality.addWitnessRef(range, 0);
      meta.addWitnessEquality(equality);
    }
    return new dock.ProofSpec(statements, meta);
  }

  function prove(predicate) {
    const witnesses = new dock.Witnesses();
    witnesses.add(dock.Witness.bbsSignature(signature, hidden, false));
    if(predicate) {
      witnesses.add(dock.Witness.boundCheckBpp(messages[AMOUNT]));
    }
    return dock.CompositeProof.generate(spec(true, predicate), witnesses, nonce);
  }

  const proofs = {true: prove(true), false: prove(false)};

  function verify(predicate) {
    if(!proofs[predicate].verify(spec(false, predicate), nonce).verified) {
      throw new Error('proof does not hold');
    }
  }

  verify(true);
  verify(false);
  return {
    operations: {prove, verify},
    octets: {with: proofs[true].bytes.length, without: proofs[false].bytes.length}
  };
}

let prepared;
for await (const line of createInterface({input: process.stdin})) {
  let answer;
  try {
    const request = JSON.parse(line);
    if(prepared === undefined) {
      prepared = prepare(request);
      answer = {octets: prepared.octets};
    } else {
      const start = process.hrtime.bigint();
      for(let i = 0; i < request.count; ++i) {
        prepared.operations[request.operation](request.predicate);
      }
      answer = {nanoseconds: Number(process.hrtime.bigint() - start)};
    }
  } catch(error) {
    answer = {error: String(error)};
  }
  console.log(JSON.stringify(answer));
}
