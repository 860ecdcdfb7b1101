"""Pictures of the results. Colours of Okabe and Ito, for the colour-blind; marks differ too."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

mpl.rcParams["svg.fonttype"] = "none"  # text as text, not as outlines: smaller

Results = Mapping[str, Any]

BLUE, ORANGE, GREEN, PURPLE, VERMILION, SKY, BLACK = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#D55E00",
    "#56B4E9",
    "#000000",
)
_STYLES = (
    (BLUE, "o"),
    (ORANGE, "s"),
    (GREEN, "^"),
    (PURPLE, "D"),
    (VERMILION, "v"),
    (SKY, "P"),
    (BLACK, "X"),
)
_FORMATS = ("svg", "png")


def draw(results: Results, folder: Path) -> list[Path]:
    """One picture for each question answered; the paths of the SVG files."""
    figures: dict[str, Figure] = {}
    if "operations" in results:
        figures["operations"] = _operations(results["operations"])
        figures["group-share"] = _ratios(results["operations"])
    if "peers" in results and results["peers"]["rows"]:
        figures["peers"] = _peers(results["peers"])
    if "scaling" in results:
        figures["scaling"] = _scaling(results["scaling"])
    if "presentations" in results:
        figures["presentations"] = _presentations(results["presentations"])
    if "ranges" in results and results["ranges"]["rows"]:
        figures["ranges"] = _ranges(results["ranges"])
    if "constructs" in results:
        figures["constructs"] = _constructs(results["constructs"])
    if "ways" in results:
        figures["ways"] = _ways(results["ways"])
    if "growth" in results:
        figures["growth"] = _growth(results["growth"])
    if "stories" in results:
        figures["stories"] = _stories(results["stories"])
    written = []
    for name, figure in figures.items():
        for suffix in _FORMATS:
            figure.savefig(folder / f"{name}.{suffix}", dpi=110)
        plt.close(figure)
        written.append(folder / f"{name}.svg")
    return written


def _axes(
    columns: int = 1, *, width: float = 7.0, height: float = 4.5
) -> tuple[Figure, list[Axes]]:
    figure, grid = plt.subplots(
        1, columns, figsize=(width, height), layout="constrained", squeeze=False
    )
    axes = list(grid[0])
    for ax in axes:
        ax.grid(visible=True, color="#dddddd", linewidth=0.6)
        ax.set_axisbelow(True)
        ax.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _plain_decades(axis: Axis) -> None:
    """Numbers as people write them, at decades only, on a logarithmic axis."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _operations(found: Results) -> Figure:
    """Time against number of messages, for the fastest backend; the others as broken lines."""
    figure, (ax,) = _axes()
    shown = ("Sign", "Verify", "ProofGen", "ProofVerify")
    backends = list(dict.fromkeys(row["backend"] for row in found["rows"]))
    backends = [name for name in backends if name != "py_ecc"]
    for name, (colour, mark) in zip(shown, _STYLES, strict=False):
        for backend, line in zip(backends, ("-", ":"), strict=False):
            rows = [r for r in found["rows"] if (r["operation"], r["backend"]) == (name, backend)]
            ax.plot(
                [r["messages"] for r in rows],
                [r["protocol"]["minimum_us"] / 1e3 for r in rows],
                line,
                color=colour,
                marker=mark,
                label=f"{name}, {backend}",
            )
    ax.set_xscale("log")
    _plain_decades(ax.xaxis)
    ax.set_yscale("log")
    _plain_decades(ax.yaxis)
    ax.set_xlabel("messages in the signature (half of them shown)")
    ax.set_ylabel("time of one call, minimum (ms)")
    ax.set_title("BBS operations")
    ax.legend(fontsize=8, ncols=len(backends), loc="lower right")
    return figure


def _ratios(found: Results) -> Figure:
    """What is not group arithmetic."""
    figure, (ax,) = _axes()
    first = found["rows"][0]["backend"]
    shown = ("Sign", "Verify", "ProofGen", "ProofVerify", "Blind: sign", "Blind: verify")
    for name, (colour, mark) in zip(shown, _STYLES, strict=False):
        rows = [r for r in found["rows"] if (r["operation"], r["backend"]) == (name, first)]
        ax.plot(
            [r["messages"] for r in rows],
            [r["ratio"] for r in rows],
            color=colour,
            marker=mark,
            label=name,
        )
    ax.axhline(1.0, color=BLACK, linewidth=1)
    ax.axhline(1.15, color=PURPLE, linewidth=1, linestyle="--")
    ax.text(20, 1.152, "aim for ProofVerify", fontsize=8, va="bottom")
    ax.axhline(1.25, color=GREEN, linewidth=1, linestyle="--")
    ax.text(20, 1.252, "aim for Sign and ProofGen", fontsize=8, va="bottom")
    ax.set_xscale("log")
    _plain_decades(ax.xaxis)
    ax.set_xlabel("messages in the signature (half of them shown)")
    ax.set_ylabel("time of the operation / time of its group operations")
    ax.set_title(f"How much is not group arithmetic ({first})")
    ax.legend(fontsize=8, loc="upper right")
    return figure


def _peers(found: Results) -> Figure:
    figure, (ax,) = _axes()
    peers = list(dict.fromkeys(row["peer"] for row in found["rows"]))
    operations = list(dict.fromkeys(row["operation"] for row in found["rows"]))
    groups = [("zkproof", "ours", peers[0]), *[(peer, "theirs", peer) for peer in peers]]
    width = 0.8 / len(groups)
    for k, ((label, side, peer), (colour, _)) in enumerate(zip(groups, _STYLES, strict=False)):
        times = {
            row["operation"]: row[side]["minimum_us"] / 1e3
            for row in found["rows"]
            if row["peer"] == peer
        }
        bars = ax.bar(
            [i + (k - (len(groups) - 1) / 2) * width for i in range(len(operations))],
            [times[name] for name in operations],
            width,
            color=colour,
            label=label,
        )
        ax.bar_label(bars, fmt="%.3g", fontsize=7)
    ax.set_yscale("log")
    _plain_decades(ax.yaxis)
    ax.set_xticks(range(len(operations)), operations)
    ax.set_ylabel("time of one call, minimum (ms)")
    ax.set_title("Other implementations: 10 messages, 5 shown")
    ax.legend(fontsize=8, loc="upper left")
    ax.set_ylim(top=ax.get_ylim()[1] * 6)
    return figure


def _scaling(found: Results) -> Figure:
    figure, (left, right) = _axes(2, width=9.0)
    rows = found["batches"]
    sizes = [row["proofs"] for row in rows]
    for key, label, (colour, mark) in zip(
        ("singles", "batch"), ("one by one", "as a batch"), _STYLES, strict=False
    ):
        times = [row[key]["minimum_us"] / 1e3 / row["proofs"] for row in rows]
        left.plot(sizes, times, color=colour, marker=mark, label=label)
    left.set_xscale("log")
    _plain_decades(left.xaxis)
    left.set_ylim(bottom=0)
    left.set_xlabel("proofs verified together")
    left.set_ylabel("time for one proof, minimum (ms)")
    left.set_title("Batches under one key")
    left.legend(fontsize=8)

    threads = found["threads"]
    names = ("ProofVerify", "bare pairing\nchecks")
    values = (threads["speedup"], threads["hardware"])
    bars = right.bar(names, values, 0.5, color=(BLUE, ORANGE))
    right.bar_label(bars, fmt="%.2f")
    right.axhline(1.8, color=BLACK, linewidth=1, linestyle="--")
    right.text(0.5, 1.81, "aim", fontsize=8, va="bottom", ha="center")
    right.set_ylim(0, 2.1)
    right.set_ylabel("calls a second, two threads / one thread")
    right.set_title(f"Two threads ({threads['cores']} cores)")
    return figure


def _presentations(found: Results) -> Figure:
    figure, (left, middle, right) = _axes(3, width=12.0)
    series = (
        (left, found["thresholds"], "inequalities", "thresholds on one credential"),
        (middle, found["credentials"], "credentials", "credentials, one threshold in all"),
    )
    for ax, rows, key, label in series:
        for part, (colour, mark) in zip(("prove", "verify"), _STYLES, strict=False):
            ax.plot(
                [row[key] for row in rows],
                [row[part]["minimum_us"] / 1e3 for row in rows],
                color=colour,
                marker=mark,
                label=part,
            )
        ax.set_ylim(bottom=0)
        ax.set_xlabel(label)
        ax.set_ylabel("time, minimum (ms)")
        ax.legend(fontsize=8)
    rows = found["thresholds"]
    bottoms = [0] * len(rows)
    names = ("challenge", "signatures", "hidden messages", "inequalities")
    for name, (colour, _) in zip(names, _STYLES, strict=False):
        octets = [row["parts"][name] for row in rows]
        positions = [str(row["inequalities"]) for row in rows]
        right.bar(positions, octets, 0.6, bottom=bottoms, color=colour, label=name)
        bottoms = [a + b for a, b in zip(bottoms, octets, strict=True)]
    right.set_xlabel("thresholds on one credential")
    right.set_ylabel("octets of the proof")
    right.legend(fontsize=8)
    figure.suptitle("Presentations: credentials of 10 messages, 5 shown, 64-bit amounts")
    return figure


def _ranges(found: Results) -> Figure:
    """What the predicate adds, on a logarithmic scale: the ratios are large."""
    figure, axes = _axes(2, width=9.0)
    for ax, operation in zip(axes, ("prove", "verify"), strict=True):
        rows = [row for row in found["rows"] if row["operation"] == operation]
        names = ["zkproof", *(row["peer"].rpartition("/")[2] for row in rows)]
        times = [rows[0]["ours_added_ms"], *(row["theirs_added_ms"] for row in rows)]
        bars = ax.bar(names, times, 0.6, color=[BLUE, ORANGE, GREEN][: len(names)])
        ax.bar_label(bars, fmt="%.3g", fontsize=8)
        ax.set_yscale("log")
        _plain_decades(ax.yaxis)
        ax.set_ylim(top=max(times) * 4)
        ax.set_ylabel("added by the predicate, minimum (ms)")
        ax.set_title(operation)
    figure.suptitle("At least, on a hidden 64-bit amount")
    return figure


def _constructs(found: Results) -> Figure:
    figure, (left, right) = _axes(2, width=11.0, height=6.5)
    rows = found["rows"][::-1]
    names = [row["construct"] for row in rows]
    heights = range(len(rows))
    for k, (operation, colour) in enumerate((("verify", ORANGE), ("prove", BLUE))):
        left.barh(
            [y + (k - 0.5) * 0.4 for y in heights],
            [max(row[operation]["added_ms"], 0) for row in rows],
            0.4,
            color=colour,
            label=operation,
        )
    left.set_xscale("symlog", linthresh=0.1)
    left.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    left.set_xlabel("time added (ms)")
    left.legend(fontsize=8)
    bars = right.barh(heights, [max(row["octets"], 0) for row in rows], 0.7, color=GREEN)
    right.bar_label(bars, labels=[str(row["octets"]) for row in rows], fontsize=8, padding=2)
    right.set_xlabel("octets added")
    right.set_xlim(right=right.get_xlim()[1] * 1.1)
    for ax in (left, right):
        ax.set_yticks(heights, names, fontsize=8)
    figure.suptitle("What one more statement in a policy costs")
    return figure


def _ways(found: Results) -> Figure:
    """Octets and ratios against the number of ways or issuers; one of one is the named account."""
    figure, axes = _axes(3, width=13.0)
    series = (
        ("ways", "none", "ways"),
        ("issuers", "none", "hidden issuers"),
        ("issuers", "tokens", "hidden issuers, status by tokens"),
        ("issuers", "gaps", "hidden issuers, status by gaps"),
    )
    for (what, lists, label), (colour, mark) in zip(series, _STYLES, strict=False):
        rows = [row for row in found["rows"] if (row["what"], row["lists"]) == (what, lists)]
        counts = [row["count"] for row in rows]
        columns = (
            [row["octets"] for row in rows],
            *([row[key]["over_plain"] for row in rows] for key in ("verify", "prove")),
        )
        for ax, values in zip(axes, columns, strict=True):
            ax.plot(counts, values, color=colour, marker=mark, label=label)
    counts = sorted({row["count"] for row in found["rows"]})
    titles = ("octets of the proof", "verify / ProofVerify", "prove / ProofVerify")
    for ax, title in zip(axes, titles, strict=True):
        ax.set_xticks(counts, ["named", *map(str, counts[1:])])
        ax.set_xlabel("one of so many ways or issuers")
        ax.set_ylabel(title)
        ax.set_ylim(bottom=0)
    axes[0].legend(fontsize=8, loc="upper left")
    figure.suptitle("Hidden ways and hidden issuers: an identity, and an account with a threshold")
    return figure


def _growth(found: Results) -> Figure:
    figure, (left, middle, right) = _axes(3, width=13.0)
    sets = found["sets"]
    for part, (colour, mark) in zip(("prove", "verify"), _STYLES, strict=False):
        left.plot(
            [row["elements"] for row in sets],
            [row[part]["minimum_us"] / 1e3 for row in sets],
            color=colour,
            marker=mark,
            label=part,
        )
    left.set_xlabel("elements of a set in the policy")
    left.set_ylabel("time of the whole proof, minimum (ms)")
    left.set_title("Sets in the policy")
    series = (("status", "status: tokens"), ("gaps", "exclusion list: signatures"))
    for (kind, label), (colour, mark) in zip(series, _STYLES, strict=False):
        rows = found[kind]
        entries = [row["entries"] for row in rows]
        middle.plot(
            entries, [row["seconds"] for row in rows], color=colour, marker=mark, label=label
        )
        right.plot(
            entries,
            [row["fetch"]["minimum_us"] / 1e3 for row in rows],
            color=colour,
            marker=mark,
            label=label,
        )
    middle.set_yscale("log")
    _plain_decades(middle.yaxis)
    middle.set_ylabel("time to publish (s)")
    middle.set_title("Publishing")
    right.set_ylim(bottom=0)
    right.set_ylabel("time to read and check, minimum (ms)")
    right.set_title("Holder")
    for ax in (middle, right):
        ax.set_xlabel("entries of the list")
    for ax in (left, middle, right):
        ax.set_xscale("log")
        _plain_decades(ax.xaxis)
        ax.legend(fontsize=8)
    return figure


def _stories(found: Results) -> Figure:
    figure, (left, right) = _axes(2, width=11.0)
    rows = found["rows"][::-1]
    heights = range(len(rows))
    for k, (operation, colour) in enumerate((("verify", ORANGE), ("prove", BLUE))):
        left.barh(
            [y + (k - 0.5) * 0.4 for y in heights],
            [row[operation]["minimum_us"] / 1e3 for row in rows],
            0.4,
            color=colour,
            label=operation,
        )
    left.set_xlabel("time, minimum (ms)")
    left.legend(fontsize=8)
    bars = right.barh(heights, [row["octets"] for row in rows], 0.7, color=GREEN)
    right.bar_label(bars, fontsize=8, padding=2)
    right.set_xlim(right=right.get_xlim()[1] * 1.1)
    right.set_xlabel("octets of the presentation")
    for ax in (left, right):
        ax.set_yticks(heights, [row["scenario"] for row in rows], fontsize=8)
    figure.suptitle("Scenarios, from request to report")
    return figure
