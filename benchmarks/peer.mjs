// Times @digitalbazaar/bbs-signatures with a loop of its own: one JSON line in, one JSON line out.
//
//   node peer.mjs FOLDER       FOLDER is where `npm ci` put node_modules
//
// First line  keys, header, messages and a signature, octets in hex; answered when all of it works
// Then        {"operation": "Sign", "count": 4} -> {"nanoseconds": 21000000}, for all of them

import {createInterface} from 'node:readline';
import {join, resolve} from 'node:path';
import {pathToFileURL} from 'node:url';

const library = await import(pathToFileURL(join(
  resolve(process.argv[2]), 'node_modules', '@digitalbazaar', 'bbs-signatures', 'lib', 'index.js')));

const octets = hex => new Uint8Array(Buffer.from(hex, 'hex'));
const ciphersuite = 'BLS12-381-SHA-256';

function must(valid, what) {
  if(!valid) {
    throw new Error(`${what} does not hold`);
  }
}

async function prepare(given) {
  const secretKey = octets(given.secretKey);
  const publicKey = octets(given.publicKey);
  const header = octets(given.header);
  const presentationHeader = octets(given.presentationHeader);
  const messages = given.messages.map(octets);
  const signature = octets(given.signature);
  const disclosedMessageIndexes = given.disclosed;
  const disclosedMessages = disclosedMessageIndexes.map(i => messages[i]);
  const common = {publicKey, header, ciphersuite};
  const shown = {presentationHeader, disclosedMessageIndexes};
  const proof = await library.deriveProof({...common, ...shown, signature, messages});
  return {
    Sign: () => library.sign({secretKey, publicKey, header, messages, ciphersuite}),
    async Verify() {
      must(await library.verifySignature({...common, signature, messages}), 'signature');
    },
    ProofGen: () => library.deriveProof({...common, ...shown, signature, messages}),
    async ProofVerify() {
      must(await library.verifyProof({...common, ...shown, proof, disclosedMessages}), 'proof');
    }
  };
}

let operations;
for await (const line of createInterface({input: process.stdin})) {
  let answer;
  try {
    const request = JSON.parse(line);
    if(operations === undefined) {
      operations = await prepare(request);
      await operations.Verify();
      await operations.ProofVerify();
      answer = {};
    } else {
      const start = process.hrtime.bigint();
      for(let i = 0; i < request.count; ++i) {
        await operations[request.operation]();
      }
      answer = {nanoseconds: Number(process.hrtime.bigint() - start)};
    }
  } catch(error) {
    answer = {error: String(error)};
  }
  console.log(JSON.stringify(answer));
}
