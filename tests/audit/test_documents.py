"""Every field of every document of a ceremony: missing, surplus, of another type or format."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audit.building import dealt, with_wrong_share
from tests.audit.test_decryption import PARTS
from tests.presentation.test_parsers import edited
from tests.test_record import changes
from zkproof.audit.acceptance import Acceptance, accept
from zkproof.audit.authority import AuthorityCard
from zkproof.audit.ceremony import Ceremony
from zkproof.audit.complaint import Complaint, complain
from zkproof.audit.contribution import Contribution
from zkproof.audit.decryption import PartialDecryption, parts_from_bytes, parts_to_bytes
from zkproof.audit.keys import Finished, JointKey, finish
from zkproof.codec import decode, encode
from zkproof.errors import DecodeError

TABLE = dealt(2, 3)
CEREMONY = TABLE.ceremony
FINISHED = finish(CEREMONY, TABLE.authorities[0], TABLE.contributions)
assert isinstance(FINISHED, Finished)
COMPLAINT = complain(CEREMONY, with_wrong_share(TABLE, 1, 2).contributions[0], TABLE.authorities[1])

DOCUMENTS: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "card": (
        TABLE.authorities[0].card.to_bytes(),
        lambda d: AuthorityCard.from_bytes(d).to_bytes(),
    ),
    "ceremony": (CEREMONY.to_bytes(), lambda d: Ceremony.from_bytes(d).to_bytes()),
    "contribution": (
        TABLE.contributions[0].to_bytes(),
        lambda d: Contribution.from_bytes(d, CEREMONY).to_bytes(),
    ),
    "complaint": (COMPLAINT.to_bytes(), lambda d: Complaint.from_bytes(d).to_bytes()),
    "joint key": (FINISHED.key.to_bytes(), lambda d: JointKey.from_bytes(d).to_bytes()),
    "acceptance": (
        accept(FINISHED, TABLE.authorities[0]).to_bytes(),
        lambda d: Acceptance.from_bytes(d).to_bytes(),
    ),
    "part": (PARTS[0].to_bytes(), lambda d: PartialDecryption.from_bytes(d).to_bytes()),
    "parts": (parts_to_bytes(PARTS), lambda d: parts_to_bytes(parts_from_bytes(d))),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_changed_document_is_refused_or_means_exactly_what_it_says(name: str) -> None:
    data, again = DOCUMENTS[name]
    assert again(data) == data
    for path, other in changes(data):
        try:
            found = again(other)
        except DecodeError:
            continue
        assert found == other, path
        assert path[-1] != "format"


@pytest.mark.parametrize("name", DOCUMENTS)
@settings(max_examples=40)
@given(edits=st.data())
def test_edited_document_is_refused_or_comes_back_the_same(name: str, edits: st.DataObject) -> None:
    data, again = DOCUMENTS[name]
    changed = edited(data, edits)
    try:
        found = again(changed)
    except DecodeError:
        return
    assert found == changed


@pytest.mark.parametrize("name", DOCUMENTS)
def test_field_that_is_missing_surplus_or_of_another_type_is_named(name: str) -> None:
    data, again = DOCUMENTS[name]
    table = decode(data, field=name)
    for field in table:
        left = {key: value for key, value in table.items() if key != field}
        with pytest.raises(DecodeError) as caught:
            again(encode(left))
        assert caught.value.field.endswith(f".{field}")
        with pytest.raises(DecodeError) as caught:
            again(encode({**table, field: True}))
        assert caught.value.field.endswith(f".{field}")
    with pytest.raises(DecodeError, match=r"\.surplus: no field of it"):
        again(encode({**table, "surplus": 1}))
