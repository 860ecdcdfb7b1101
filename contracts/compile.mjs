// Compile Registry.sol and write the artifact to standard output:
//
//   node contracts/compile.mjs FOLDER_OF_NODE_MODULES > zkproof/ledger/evm/registry.json
//
// No metadata hash is appended to the bytecode, so that the same source gives the same octets.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const solc = createRequire(`${process.argv[2] ?? here}/package.json`)("solc");
const source = readFileSync(`${here}/Registry.sol`, "utf8");
const settings = {
  evmVersion: "paris",
  optimizer: { enabled: true, runs: 200 },
  metadata: { bytecodeHash: "none", appendCBOR: false },
  outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "metadata"] } },
};
const input = { language: "Solidity", sources: { "Registry.sol": { content: source } }, settings };
const output = JSON.parse(solc.compile(JSON.stringify(input)));
for (const each of output.errors ?? []) process.stderr.write(each.formattedMessage);
if ((output.errors ?? []).length) process.exit(1);
const made = output.contracts["Registry.sol"].Registry;
const { outputSelection, ...used } = settings;
const artifact = {
  contract: "Registry",
  compiler: solc.version(),
  settings: used,
  sourceSha256: createHash("sha256").update(source).digest("hex"),
  abi: made.abi,
  bytecode: made.evm.bytecode.object,
  deployedOctets: made.evm.deployedBytecode.object.length / 2,
  metadata: JSON.parse(made.metadata),
};
process.stdout.write(JSON.stringify(artifact, null, 1) + "\n");
