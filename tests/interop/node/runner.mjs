// Speaks for @digitalbazaar/bbs-signatures: one JSON request a line in, one JSON answer a line out.
//
//   node runner.mjs FOLDER      FOLDER is where `npm ci` put node_modules
//
// Request  {"op": "sign", "suite": "BLS12-381-SHA-256", ...}, octets in hex
// Answer   {"result": ...} or {"error": "..."}: a proof that does not hold is a result, false
//
// The package exports its core interface only; the blind and pseudonym interfaces are loaded from
// their files. Nothing of BBS is computed here except where `nym...` says so.

import {createInterface} from 'node:readline';
import {join, resolve} from 'node:path';
import {pathToFileURL} from 'node:url';

const library = join(
  resolve(process.argv[2]), 'node_modules', '@digitalbazaar', 'bbs-signatures', 'lib');
const load = path => import(pathToFileURL(join(library, path)));

const core = await load('index.js');
const blind = await load('bbs/blind/interface.js');
const pseudonym = await load('bbs/pseudonym/interface.js');
const {getCiphersuite} = await load('bbs/ciphersuites.js');
const {BLIND_API_ID, PSEUDONYM_API_ID} = await load('bbs/constants.js');
const proofs = await load('bbs/proof.js');
const util = await load('bbs/util.js');
const {prependBlindApiId} = await load('bbs/blind/util.js');

const octets = hex => new Uint8Array(Buffer.from(hex, 'hex'));
const hex = bytes => Buffer.from(bytes).toString('hex');
const list = items => items.map(octets);
const scalar = text => BigInt('0x' + text);
const scalarHex = value => value.toString(16).padStart(64, '0');

const API_IDS = {blind: BLIND_API_ID, pseudonym: PSEUDONYM_API_ID};

// The fields that the blind and pseudonym interfaces share.
function common({suite, api}) {
  const ciphersuite = getCiphersuite(suite);
  return {
    ciphersuite,
    api_id: util.createApiId(ciphersuite.ciphersuite_id, API_IDS[api])
  };
}

const operations = {
  async publicKey({suite, secretKey}) {
    return hex(await core.secretKeyToPublicKey(
      {secretKey: octets(secretKey), ciphersuite: suite}));
  },

  async sign({suite, secretKey, header, messages}) {
    return hex(await core.sign({
      secretKey: octets(secretKey), header: octets(header), messages: list(messages),
      ciphersuite: suite
    }));
  },

  async verifySignature({suite, publicKey, signature, header, messages}) {
    return core.verifySignature({
      publicKey: octets(publicKey), signature: octets(signature), header: octets(header),
      messages: list(messages), ciphersuite: suite
    });
  },

  async deriveProof({suite, publicKey, signature, header, ph, messages, indexes}) {
    return hex(await core.deriveProof({
      publicKey: octets(publicKey), signature: octets(signature), header: octets(header),
      presentationHeader: octets(ph), messages: list(messages),
      disclosedMessageIndexes: indexes, ciphersuite: suite
    }));
  },

  async verifyProof({suite, publicKey, proof, header, ph, messages, indexes}) {
    return core.verifyProof({
      publicKey: octets(publicKey), proof: octets(proof), header: octets(header),
      presentationHeader: octets(ph), disclosedMessages: list(messages),
      disclosedMessageIndexes: indexes, ciphersuite: suite
    });
  },

  async commit(request) {
    const [commitment, secret] = await blind.Commit(
      {...common(request), committed_messages: list(request.committed)});
    return {commitment: hex(commitment), proverBlind: scalarHex(secret)};
  },

  async blindSign(request) {
    return hex(await blind.BlindSign({
      ...common(request), SK: scalar(request.secretKey), PK: octets(request.publicKey),
      commitment_with_proof: octets(request.commitment), header: octets(request.header),
      messages: list(request.messages)
    }));
  },

  async blindVerify(request) {
    return blind.BlindVerify({
      ...common(request), PK: octets(request.publicKey), signature: octets(request.signature),
      header: octets(request.header), messages: list(request.messages),
      committed_messages: list(request.committed),
      secret_prover_blind: scalar(request.proverBlind)
    });
  },

  async blindProofGen(request) {
    return hex(await blind.BlindProofGen({
      ...common(request), PK: octets(request.publicKey), signature: octets(request.signature),
      header: octets(request.header), ph: octets(request.ph),
      messages: list(request.messages), disclosed_indexes: request.indexes,
      committed_messages: list(request.committed),
      disclosed_commitment_indexes: request.committedIndexes,
      secret_prover_blind: scalar(request.proverBlind)
    }));
  },

  async blindProofVerify(request) {
    return blind.BlindProofVerify({
      ...common(request), PK: octets(request.publicKey), proof: octets(request.proof),
      header: octets(request.header), ph: octets(request.ph), L: request.signerMessages,
      disclosed_messages: list(request.messages), disclosed_indexes: request.indexes,
      disclosed_committed_messages: list(request.committed),
      disclosed_committed_indexes: request.committedIndexes
    });
  },

  // The pseudonym of the package: its identifier `pid` is hashed to the nym secret.
  async calculatePseudonym(request) {
    return hex(pseudonym.CalculatePseudonym({
      ...common(request), verifier_id: octets(request.context), pid: octets(request.pid)
    }));
  },

  // The current form for one nym secret, put together from the package's arithmetic: only the
  // order of the challenge and the extra equation stand here.
  async nymProofGen(request) {
    const {ciphersuite, api_id} = common(request);
    const messages = list(request.messages);
    const scalars = [
      ...util.messages_to_scalars({messages, api_id, ciphersuite}),
      scalar(request.proverBlind),
      ...util.messages_to_scalars({messages: [octets(request.pid)], api_id, ciphersuite})
    ];
    const shown = new Set(request.indexes);
    const hidden = [...scalars.keys()].filter(i => !shown.has(i));
    const random_scalars = await util.calculate_random_scalars(
      {count: 5 + hidden.length, ciphersuite});
    const signature_result = util.octets_to_signature(
      {signature_octets: octets(request.signature), ciphersuite});
    const init_res = proofs.ProofInit({
      PK: octets(request.publicKey), signature_result,
      generators: nymGenerators({L: messages.length, M: 1, api_id, ciphersuite}),
      random_scalars, header: octets(request.header), messages: scalars,
      undisclosed_indexes: hidden, api_id, ciphersuite
    });
    const OP = ciphersuite.hash_to_curve_g1(octets(request.context), api_id);
    const sent = OP.multiply(scalars.at(-1));
    const challenge = nymChallenge({
      init_res, nym: [sent, OP.multiply(random_scalars.at(-1))], indexes: request.indexes,
      disclosed: request.indexes.map(i => scalars[i]), request, api_id, ciphersuite
    });
    const proof = proofs.ProofFinalize({
      init_res, challenge, e_value: signature_result[1], random_scalars,
      undisclosed_messages: hidden.map(i => scalars[i]), ciphersuite
    });
    return {proof: hex(proof), pseudonym: hex(ciphersuite.point_to_octets_E1(sent))};
  },

  async nymProofVerify(request) {
    const {ciphersuite, api_id} = common(request);
    const proof = util.octets_to_proof({proof_octets: octets(request.proof), ciphersuite});
    const W = util.octets_to_pubkey({PK: octets(request.publicKey), ciphersuite});
    const total = proof.length - 7 + request.indexes.length;
    const disclosed = util.messages_to_scalars(
      {messages: list(request.messages), api_id, ciphersuite});
    const init_res = proofs.ProofVerifyInit({
      PK: octets(request.publicKey), proof,
      generators: nymGenerators({
        L: request.signerMessages, M: total - request.signerMessages - 1, api_id, ciphersuite
      }),
      header: octets(request.header), disclosed_messages: disclosed,
      disclosed_indexes: request.indexes, api_id, ciphersuite
    });
    const OP = ciphersuite.hash_to_curve_g1(octets(request.context), api_id);
    const sent = ciphersuite.octets_to_point_E1(octets(request.pseudonym));
    const c = proof.at(-1);
    const Uv = OP.multiply(proof.at(-2)).subtract(sent.multiply(c));
    const challenge = nymChallenge({
      init_res, nym: [sent, Uv], indexes: request.indexes, disclosed, request, api_id, ciphersuite
    });
    return c === challenge && ciphersuite.pairingCompare(
      {pair1: [proof[0], W], pair2: [proof[1], ciphersuite.BP2]});
  }
};

function nymGenerators({L, M, api_id, ciphersuite}) {
  return util.concatGenerators(
    util.create_generators({count: L + 1, api_id, ciphersuite}),
    util.create_generators({count: M + 1, api_id: prependBlindApiId({api_id}), ciphersuite}));
}

// draft-irtf-cfrg-bbs-per-verifier-linkability-02 and later.
function nymChallenge({init_res, nym, indexes, disclosed, request, api_id, ciphersuite}) {
  const [Abar, Bbar, D, T1, T2, domain] = init_res;
  const pairs = indexes.map((index, k) => [index, disclosed[k]]).flat();
  const ph = octets(request.ph);
  const context = octets(request.context);
  return util.hash_to_scalar({
    msg_octets: util.concatBytes(
      util.serialize({
        input_array: [indexes.length, ...pairs, Abar, Bbar, D, T1, T2, ...nym, domain],
        ciphersuite
      }),
      util.i2osp(ph.length, 8), ph, util.i2osp(context.length, 8), context),
    dst: util.concatBytes(api_id, util.TEXT_ENCODER.encode('H2S_')),
    ciphersuite
  });
}

for await (const line of createInterface({input: process.stdin})) {
  let answer;
  try {
    const request = JSON.parse(line);
    answer = {result: await operations[request.op](request)};
  } catch(error) {
    answer = {error: String(error?.message ?? error)};
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
