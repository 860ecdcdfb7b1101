"""Results as Markdown tables for people and as JSON for programs."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.targets import targets
from zkproof import curve

Results = Mapping[str, Any]


def environment(quick: bool) -> dict[str, Any]:
    """The machine and what runs on it, without anything that names the machine itself."""
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "run": "quick" if quick else "full",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "backend": curve.backend.name,
        "backend_info": dict(curve.backend.info()),
        "load_average_before": [round(load, 2) for load in os.getloadavg()],
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown"
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else "unknown"


def markdown(results: Results) -> str:
    """All tables of a run."""
    sections = [_environment(results["environment"]), _targets(results)]
    if "control" in results:
        sections.append(_control(results["control"]))
    if "operations" in results:
        sections += [_operations(results["operations"]), _calls(results["operations"])]
    if "peers" in results:
        sections.append(_peers(results["peers"]))
    if "scaling" in results:
        sections.append(_scaling(results["scaling"]))
    if "presentations" in results:
        sections.append(_presentations(results["presentations"]))
    if "ranges" in results:
        sections.append(_ranges(results["ranges"]))
    if "constructs" in results:
        sections.append(_constructs(results["constructs"]))
    if "ways" in results:
        sections.append(_ways(results["ways"]))
    if "growth" in results:
        sections.append(_growth(results["growth"]))
    if "ledger" in results:
        sections.append(_ledger(results["ledger"]))
    if "chain" in results:
        sections.append(_chain(results["chain"]))
    if "cold-start" in results:
        sections.append(_cold_start(results["cold-start"]))
    if "stories" in results:
        sections.append(_stories(results["stories"]))
    return "\n".join(sections)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; the first column is text, the others are figures."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def microseconds(samples: Mapping[str, float]) -> str:
    """Minimum and median, in a unit that keeps three digits readable."""
    low, middle = samples["minimum_us"], samples["median_us"]
    if low < 1000:
        return f"{low:.0f} / {middle:.0f} µs"
    if low < 1e6:
        return f"{low / 1e3:.2f} / {middle / 1e3:.2f} ms"
    return f"{low / 1e6:.2f} / {middle / 1e6:.2f} s"


def _environment(found: Mapping[str, Any]) -> str:
    return (
        f"A {found['run']} run of {found['date']}: {found['processor']}, {found['cores']} cores, "
        f"{found['system']}, Python {found['python']}, backend `{found['backend']}`; load average "
        f"before it {found['load_average_before'][0]}. Times are minimum / median.\n"
    )


def _targets(results: Results) -> str:
    rows = [(t.what, t.bound_text, t.measured_text, t.verdict, t.remark) for t in targets(results)]
    if not rows:
        return ""
    return "## Targets\n\n" + table(("target", "aim", "measured", "verdict", "remark"), rows)


def _control(found: Mapping[str, Any]) -> str:
    return "## Does the harness notice?\n\n" + table(
        ("control on ProofVerify, 10 messages", "expected", "measured"),
        [
            (
                "rise of the ratio when the protocol waits a fifth longer",
                f"{found['delay']:+.1%}",
                f"{found['rise']:+.1%}",
            ),
            ("one case measured as two", "1", f"{found['same_case_twice']:.3f}"),
        ],
    )


def _operations(found: Mapping[str, Any]) -> str:
    rows = [
        (
            f"{row['operation']}, {row['messages']}",
            row["backend"],
            microseconds(row["protocol"]),
            microseconds(row["group"]),
            f"{row['ratio']:.3f}",
        )
        for row in found["rows"]
    ]
    text = "## BBS operations beside their group operations\n\n" + table(
        ("operation, messages", "backend", "protocol", "its group operations", "ratio"), rows
    )
    return text + _absent(found["absent"])


def _calls(found: Mapping[str, Any]) -> str:
    """What the replay of each operation at ten messages consists of."""
    chosen = [
        row
        for row in found["rows"]
        if row["messages"] in (1, 10)
        and row["backend"] == found["rows"][0]["backend"]
        and (row["messages"] == 10 or row["operation"] == "KeyGen")
    ]
    lines = [
        f"- {row['operation']}, {row['messages']}: {'; '.join(row['calls'])}" for row in chosen
    ]
    return (
        "### The calls replayed\n\nIn brackets: hashes, not replayed.\n\n" + "\n".join(lines) + "\n"
    )


def _peers(found: Mapping[str, Any]) -> str:
    rows = [
        (
            row["operation"],
            f"{row['peer']} {row['version']}",
            microseconds(row["theirs"]),
            microseconds(row["ours"]),
            f"{row['ratio']:.1f}",
        )
        for row in found["rows"]
    ]
    text = "## Other implementations, 10 messages, 5 shown\n\n" + table(
        ("operation", "peer", "theirs", "ours", "theirs over ours"), rows
    )
    return text + _absent(found["absent"])


def _scaling(found: Mapping[str, Any]) -> str:
    batches = table(
        ("proofs in a batch", "batch", "one by one", "a proof in the batch", "ratio"),
        [
            (
                row["proofs"],
                microseconds(row["batch"]),
                microseconds(row["singles"]),
                f"{row['batch_us_a_proof']:.0f} µs",
                f"{row['ratio']:.3f}",
            )
            for row in found["batches"]
        ],
    )
    t = found["threads"]
    counted = (
        f"the {t['quiet_rounds']} quiet ones of {t['rounds']} rounds"
        if t["decided"]
        else f"all {t['rounds']} rounds, too few of which were quiet"
    )
    threads = table(
        (f"two threads over one, {counted}", "median"),
        [
            ("ProofVerify", f"{t['speedup']:.2f}"),
            ("bare pairing checks (control)", f"{t['hardware']:.2f}"),
            ("proofs a second, one thread", t["proofs_a_second_one"]),
            ("proofs a second, two threads", t["proofs_a_second_two"]),
        ],
    )
    tables = table(
        ("messages", "capacity", "generators", "tables, secret path", "tables, public path"),
        [
            (
                row["messages"],
                row["capacity"],
                f"{row['derive_ms']:.0f} ms",
                f"{row['secret_path_octets'] / 2**20:.1f} MiB, {row['secret_path_ms']:.0f} ms",
                f"{row['public_path_octets'] / 2**20:.1f} MiB, {row['public_path_ms']:.0f} ms",
            )
            for row in found["tables"]
        ],
    )
    return (
        f"## Batches under one key\n\n{batches}\n## Threads\n\n{threads}\n"
        f"## Tables of multiples, built once in a process\n\n{tables}"
    )


def _presentations(found: Mapping[str, Any]) -> str:
    rows = [
        (
            f"{row['credentials']} credential(s), {row['inequalities']} threshold(s)",
            microseconds(row["prove"]),
            microseconds(row["verify"]),
            row["octets"],
            row["parts"]["signatures"],
            row["parts"]["hidden messages"],
            row["parts"]["inequalities"],
        )
        for row in [*found["thresholds"], *found["credentials"][1:]]
    ]
    one = found["one_threshold"]
    head = ("presentation", "prove", "verify", "octets", "signatures", "hidden", "thresholds")
    return (
        "## Presentations\n\n"
        + table(head, rows)
        + "\nOctets of the parts do not count the challenge (16).\n\n"
        + table(
            ("one 64-bit threshold adds", "measured"),
            [
                ("octets", one["octets"]),
                ("to proving, in ProofGen times (median)", f"{one['prove_fraction']:.3f}"),
                (
                    "to proving, in ProofGen times (mean, restarts included)",
                    f"{one['prove_fraction_mean']:.3f}",
                ),
                ("to verifying, in ProofVerify times", f"{one['verify_fraction']:.3f}"),
            ],
        )
        + "\n"
        + _demo(found["demo"])
    )


def _ranges(found: Mapping[str, Any]) -> str:
    rows = [
        (
            f"{row['operation']}, {row['peer']} {row['version']}",
            f"{row['theirs_ms']:.4g} ms",
            f"{row['ours_ms']:.3g} ms",
            f"{row['ratio']:.0f}",
            f"{row['theirs_added_ms']:.4g} ms",
            f"{row['ours_added_ms']:.3g} ms",
            f"{row['added_ratio']:.0f}",
            f"{row['theirs_octets']['with']} / {row['ours_octets']['with']}",
        )
        for row in found["rows"]
    ]
    head = (
        "at least, on a hidden 64-bit amount",
        "theirs, whole",
        "ours",
        "ratio",
        "theirs, added",
        "ours",
        "ratio",
        "octets, theirs / ours",
    )
    return "## Range proofs elsewhere\n\n" + table(head, rows) + _absent(found["absent"])


def _constructs(found: Mapping[str, Any]) -> str:
    rows = [
        (
            row["construct"],
            row["octets"],
            _or_nothing(row["estimated_octets"]),
            *(
                text
                for operation in ("prove", "verify")
                for text in (
                    f"{row[operation]['added_ms']:.2f}",
                    f"{row[operation]['over_plain']:.2f}",
                    _or_nothing(row[operation]["estimated_ms"]),
                )
            ),
        )
        for row in found["rows"]
    ]
    head = (
        "one more statement",
        "octets",
        "estimated",
        "prove, ms",
        "over ProofGen",
        "estimated, ms",
        "verify, ms",
        "over ProofVerify",
        "estimated, ms",
    )
    apart, together = found["three_banks"], found["three_banks_one_authority"]
    return (
        "## What each construct adds\n\n"
        + table(head, rows)
        + "\n"
        + table(
            ("three banks, sum, none revoked", "a status authority each", "one for all"),
            [
                ("octets", apart["octets"], together["octets"]),
                *(
                    (name, microseconds(apart[name]), microseconds(together[name]))
                    for name in ("prove", "verify")
                ),
                (
                    "verify, over one ProofVerify",
                    f"{apart['verify']['over_plain']:.2f}",
                    f"{together['verify']['over_plain']:.2f}",
                ),
            ],
        )
    )


def _or_nothing(value: object) -> str:
    return "" if value is None else f"{value}"


def _ways(found: Mapping[str, Any]) -> str:
    operations = ("prove", "verify", "whole")
    names = {"ways": "ways", "issuers": "hidden issuers"}
    lists = {"none": "", "tokens": ", status by tokens", "gaps": ", status by gaps"}
    rows = [
        (
            ("named" if row["count"] == 1 else f"one of {row['count']} {names[row['what']]}")
            + lists[row["lists"]],
            row["octets"],
            *(f"{row[operation]['over_plain']:.2f}" for operation in operations),
            *(microseconds(row[operation]) for operation in ("prove", "verify")),
        )
        for row in found["rows"]
        # Named without lists is the same in two series.
        if (row["what"], row["lists"], row["count"]) != ("issuers", "none", 1)
    ]
    head = (
        "account",
        "octets",
        "prove, over ProofVerify",
        "verify",
        "whole",
        "prove",
        "verify",
    )
    further = [
        (
            f"{names[row['what']]}{lists[row['lists']]}",
            row["octets"],
            *(f"{row[operation]:.2f}" for operation in operations),
        )
        for row in found["further"]
    ]
    timing = [
        (row["what"], *(f"{row[key]:.3f}" for key in ("prove", "present", "same_case_twice")))
        for row in found["timing"]
    ]
    return (
        "## Hidden ways and hidden issuers\n\n"
        + table(head, rows)
        + "\n"
        + table(
            ("each further one", "octets", "prove, over ProofVerify", "verify", "whole"), further
        )
        + "\n"
        + table(("the prover's time", "prove", "from request to octets", "one case twice"), timing)
    )


def _growth(found: Mapping[str, Any]) -> str:
    sets = table(
        ("set in the policy, elements", "prove", "verify", "octets of the proof"),
        [
            (
                row["elements"],
                microseconds(row["prove"]),
                microseconds(row["verify"]),
                row["octets"],
            )
            for row in found["sets"]
        ],
    )
    parts = [f"## Growth\n\n{sets}"]
    for kind, title in (("status", "status epoch, records"), ("gaps", "exclusion list, entries")):
        rows = [
            (
                f"{row['entries']:,}",
                f"{row['seconds']:.2f} s",
                f"{row['octets'] / 1e6:.2f} MB",
                f"{row['fetched_octets'] / 1e3:.0f} KB",
                str(row["shown_bits"]),
                microseconds(row["fetch"]),
                "" if row["peak_octets"] is None else f"{row['peak_octets'] / 1e6:.1f} MB",
            )
            for row in found[kind]
        ]
        head = (
            title,
            "publish",
            "files",
            "holder downloads",
            "bits shown",
            "holder: read and check",
            "memory",
        )
        parts.append(table(head, rows))
    return "\n".join(parts)


def _chain(found: Mapping[str, Any]) -> str:
    rows = [(row["type"], f"{row['octets']:,}", f"{row['gas']:,}") for row in found["rows"]]
    year = ", ".join(f"{count} {kind}" for kind, count in found["bureau"].items())
    return (
        "## The ledger on a chain\n\n"
        + table(("entry", "octets", "gas"), rows)
        + f"\nMaking the contract: {found['deployed']:,} gas. A document in a batch of a hundred:"
        f" {found['document_in_batch']:,} gas. {found['years']} years of a bureau"
        f" (each year: {year}): {found['bureau_gas'] / 1e9:.2f} billion gas. Measured on py-evm;"
        " nodes with other forks count differently.\n"
    )


def _ledger(found: Mapping[str, Any]) -> str:
    rows = [
        (
            f"{row['entries']:,}",
            f"{row['octets'] / 1e6:.1f} MB",
            f"{row['append_one'] * 1e3:.2f} ms",
            f"{1 / row['append_at_once']:,.0f}",
            f"{row['bare_commit'] / row['append_at_once']:.1f}",
            f"{1 / row['append_batched']:,.0f}",
            f"{row['append_batched'] / row['bare_verification']:.1f}",
            f"{row['open_folding']:.2f} s",
            f"{row['open_snapshot']:.2f} s",
            f"{row['read_first']:.2f} s",
            f"{row['read_again']:.2f} s",
            f"{row['state_octets'] / 1e6:.1f} MB",
        )
        for row in found["rows"]
    ]
    head = (
        "entries of the ledger",
        "file",
        "append one",
        "at once, a second",
        "for each bare commit",
        "in batches, a second",
        "of one verification",
        "open, folding all",
        "open, from the snapshot",
        "reader: first look",
        "reader: after a restart",
        "state",
    )
    return f"## Ledger\n\n{table(head, rows)}"


def _cold_start(found: Mapping[str, Any]) -> str:
    commands = table(
        ("command, as a process of its own", "median ms", "least ms"),
        [
            (f"`zkproof {name}`", f"{each['median']:.0f}", f"{each['minimum']:.0f}")
            for name, each in found["commands"].items()
        ],
    )
    phases = table(
        ("phase of `wallet present`", "median ms"),
        [(name, f"{each:.1f}") for name, each in found["phases"].items()],
    )
    return f"## Cold start\n\nProcessor time, {found['rounds']} rounds.\n\n{commands}\n{phases}"


def _stories(found: Mapping[str, Any]) -> str:
    rows = [
        (
            row["scenario"],
            row["credentials"],
            row["octets"],
            microseconds(row["prove"]),
            microseconds(row["verify"]),
            row["predicted_octets"],
            f"{row['predicted_prove_ms']:.1f} ms",
            f"{row['predicted_verify_ms']:.1f} ms",
        )
        for row in found["rows"]
    ]
    head = (
        "scenario",
        "credentials",
        "octets",
        "prove",
        "verify",
        "predicted octets",
        "prove",
        "verify",
    )
    return (
        "## Scenarios\n\nProving opens the credentials first, a pairing each; the policy is "
        "compiled already, as it is from a verifier's second presentation of the day on.\n\n"
        + table(head, rows)
    )


def _demo(found: Mapping[str, Any]) -> str:
    return table(
        ("the demo's presentation, whole", "measured"),
        [
            ("prove", microseconds(found["prove"])),
            ("verify, from octets to the report", microseconds(found["verify"])),
            ("compiling the policy, once a day", microseconds(found["compile"])),
            ("octets", found["octets"]),
            ("of which the proof", found["proof_octets"]),
        ],
    )


def _absent(found: Mapping[str, str]) -> str:
    return "".join(f"\nNot measured: {name} ({reason}).\n" for name, reason in found.items())
