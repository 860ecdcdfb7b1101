"""What a holder hears before agreeing: each warning beside a request that gives none."""

from __future__ import annotations

from dataclasses import replace

from tests.presentation.building import (
    AUTHORITY,
    BANK,
    NOW,
    VERIFIER,
    deposit,
    identity,
    request,
)
from tests.presentation.publishing import BANK_STATUS, published, version_of
from tests.wallet.building import Time, give, make_ledger, make_verifier
from zkproof.trust import (
    IssuerKey,
    ListKind,
    ListVersion,
    RegisteredVerifier,
    Spread,
    TrustView,
)
from zkproof.wallet.consent import consent
from zkproof.wallet.history import Shown
from zkproof.wallet.wallet import Wallet
from zkproof.wallet.warnings import WarningCode, warnings

ASKER = RegisteredVerifier(VERIFIER.verifier_id, VERIFIER.name, "req-1", bytes(32))
MEMBERS = f"{AUTHORITY.issuer_id}#licensed"
EXCLUDED = f"{AUTHORITY.issuer_id}#excluded"
HEAD = """
policy warned v1
purpose "test"
credential a: deposit-certificate from any of registry "mo-banks"
credential i: identity from "did:web:dsi.gov.mo"
same holder a, i
"""
STATEMENTS = (
    "require not revoked a\n"
    f'require a.account_kind in list "{MEMBERS}"\n'
    f'require i.person_number not in list "{EXCLUDED}"\n'
)
CREDENTIALS = {"a": deposit(), "i": identity()}
QUIET = (
    replace(version_of(BANK_STATUS, ListKind.GAPS, spread=Spread.PREFIX), count=500),
    replace(version_of(MEMBERS, ListKind.MEMBERS), count=100),
    replace(version_of(EXCLUDED, ListKind.GAPS), count=900),
)


def found(
    trust: TrustView,
    statements: str = STATEMENTS,
    *,
    asker: RegisteredVerifier = ASKER,
    history: tuple[Shown, ...] = (),
    relay: bool = False,
) -> dict[WarningCode, dict[str, object]]:
    circuit = request(HEAD + statements).circuit(trust.schemas)
    given = warnings(circuit, CREDENTIALS, asker, trust, at=NOW, history=history, relay=relay)
    return {each.code: dict(each.facts) for each in given}


def with_version(changed: ListVersion) -> TrustView:
    return published(*(changed if v.list_id == changed.list_id else v for v in QUIET))


REVEALING = HEAD + "reveal a.bank_name, i.name\n"


def test_nothing_to_warn_of() -> None:
    assert found(published(*QUIET)) == {}


def test_set_of_few_entries_is_said() -> None:
    trust = with_version(replace(QUIET[1], count=99))
    assert found(trust) == {WarningCode.FEW_ENTRIES: {"list": MEMBERS, "entries": 99}}


def test_exclusion_list_over_much_of_a_type_is_said() -> None:
    box = CREDENTIALS["i"].schema.attribute("person_number").type.box
    assert box is not None
    numbers = box[1] - box[0] + 1
    assert found(with_version(replace(QUIET[2], count=numbers // 100))).keys() <= {
        WarningCode.NO_RELAY
    }
    broad = with_version(replace(QUIET[2], count=numbers // 100 + 1))
    assert WarningCode.BROAD_LIST in found(broad)


def test_list_of_the_one_who_asks_is_said() -> None:
    alone = f'require a.account_kind in list "{MEMBERS}"\n'
    assert found(published(*QUIET), alone) == {}
    for asker in (
        replace(ASKER, verifier_id=AUTHORITY.issuer_id),
        replace(ASKER, name=AUTHORITY.name),
    ):
        assert set(found(published(*QUIET), alone, asker=asker)) == {WarningCode.LIST_OF_ASKER}


def test_owner_that_nobody_registered_is_said() -> None:
    stray = "did:web:stray.example#members"
    trust = published(*QUIET, replace(version_of(stray, ListKind.MEMBERS), count=500))
    said = found(trust, f'require a.account_kind in list "{stray}"\n')
    assert said == {
        WarningCode.OWNER_UNREGISTERED: {"list": stray, "owner": "did:web:stray.example"}
    }


def test_version_since_the_last_answer_to_this_verifier_is_said() -> None:
    trust = published(*QUIET)
    began = QUIET[0].used_from
    before = request(HEAD + STATEMENTS)
    circuit = before.circuit(trust.schemas)

    def shown(at: int, verifier_id: str = ASKER.verifier_id) -> Shown:
        who = (verifier_id, "somebody")
        return Shown.of(before, who, circuit, {"a": "a", "i": "i"}, b"answer", now=at)

    assert found(trust, history=(shown(began),)) == {}
    assert found(trust, history=(shown(began - 1, "did:web:other.example"),)) == {}
    assert set(found(trust, history=(shown(began - 1),))) == {WarningCode.LIST_CHANGED}


def test_issuer_that_changed_its_key_often_is_said() -> None:
    trust = published(*QUIET)
    bank = trust.issuers[BANK.issuer_id]
    (key,) = bank.keys.values()
    second = IssuerKey("2026-2", bytes(96), not_before=NOW - 1)
    early = replace(second, not_before=NOW - 366 * 86_400)
    for extra, keys in ((early, 1), (second, 2)):
        changed = replace(bank, keys={key.key_id: key, "2026-2": extra})
        view = replace(trust, issuers={**trust.issuers, BANK.issuer_id: changed})
        said = found(view)
        if keys == 1:
            assert said == {}
        else:
            assert said == {
                WarningCode.ISSUER_CHANGED_KEY: {"issuer": BANK.name, "keys": 2},
                WarningCode.OLDER_KEY: {"credential": "a", "issuer": BANK.name},
            }


def test_certificate_under_an_older_key_is_said() -> None:
    trust = published(*QUIET)
    bank = trust.issuers[BANK.issuer_id]
    (key,) = bank.keys.values()
    for begins, said in ((NOW + 1, {}), (NOW, {"credential": "a", "issuer": BANK.name})):
        newer = IssuerKey("2027-1", bytes(96), not_before=begins)
        changed = replace(bank, keys={key.key_id: key, newer.key_id: newer})
        view = replace(trust, issuers={**trust.issuers, BANK.issuer_id: changed})
        assert found(view).get(WarningCode.OLDER_KEY, {}) == said


def test_text_that_is_nearly_the_name_of_its_issuer_is_said() -> None:
    trust = published(*QUIET)
    circuit = request(REVEALING).circuit(trust.schemas)
    spelt = BANK.name.replace("A", "\u0410")
    assert spelt != BANK.name
    for name, expected in (
        (BANK.name, []),
        (spelt, [{"credential": "a", "text": spelt, "issuer": BANK.name}]),
    ):
        held = {"a": deposit(bank_name=name), "i": identity()}
        given = warnings(circuit, held, ASKER, trust, at=NOW)
        assert [
            each.facts for each in given if each.code is WarningCode.NAME_LOOKS_ALIKE
        ] == expected


def test_consent_warns_before_it_asks() -> None:
    clock = Time()
    ledger = make_ledger(clock)
    asking = make_verifier(ledger, clock)
    policy = REVEALING.replace(", i.name", "")
    spelt = BANK.name.replace("A", "\u0410")
    told = []
    for name in (BANK.name, spelt):
        wallet = Wallet.in_memory(clock=clock)
        give(wallet, bank_name=name)
        give(wallet, issuer=AUTHORITY, schema="identity")
        told.append(consent(wallet.review(asking.request(policy), ledger), "en", None))
    assert "Look twice at this" not in told[0]
    assert "Look twice at this" in told[1]
    assert f"would show “{spelt}”, which looks like the registered name “{BANK.name}”" in told[1]


def test_list_in_cells_without_a_relay_is_said() -> None:
    large = with_version(replace(QUIET[0], count=22_796))
    assert found(with_version(replace(QUIET[0], count=22_795))) == {}
    assert found(large) == {WarningCode.NO_RELAY: {"list": BANK_STATUS, "bits": 3}}
    assert found(large, relay=True) == {}
