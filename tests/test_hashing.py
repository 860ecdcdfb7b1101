"""expand_message of RFC 9380 against the vectors of its appendix K."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkproof.curve.hashing import Expander
from zkproof.errors import UsageError

MESSAGES = {
    "empty": b"",
    "abc": b"abc",
    "hexdigits": b"abcdef0123456789",
    "q128": b"q128_" + b"q" * 128,
    "a512": b"a512_" + b"a" * 512,
}

# Origin: RFC 9380, appendices K.1 (SHA-256) and K.6 (SHAKE256); also poc/vectors of
# cfrg/draft-irtf-cfrg-hash-to-curve, commit d925acd7844b794afd3ccc81f8c5e1aebff12937.
VECTORS = {
    (Expander.XMD_SHA256, b"QUUX-V01-CS02-with-expander-SHA256-128"): {
        "empty": (
            "68a985b87eb6b46952128911f2a4412bbc302a9d759667f87f7a21d803f07235",
            "af84c27ccfd45d41914fdff5df25293e221afc53d8ad2ac06d5e3e29485dadbe"
            "e0d121587713a3e0dd4d5e69e93eb7cd4f5df4cd103e188cf60cb02edc3edf18"
            "eda8576c412b18ffb658e3dd6ec849469b979d444cf7b26911a08e63cf31f9dc"
            "c541708d3491184472c2c29bb749d4286b004ceb5ee6b9a7fa5b646c993f0ced",
        ),
        "abc": (
            "d8ccab23b5985ccea865c6c97b6e5b8350e794e603b4b97902f53a8a0d605615",
            "abba86a6129e366fc877aab32fc4ffc70120d8996c88aee2fe4b32d6c7b6437a"
            "647e6c3163d40b76a73cf6a5674ef1d890f95b664ee0afa5359a5c4e07985635"
            "bbecbac65d747d3d2da7ec2b8221b17b0ca9dc8a1ac1c07ea6a1e60583e2cb00"
            "058e77b7b72a298425cd1b941ad4ec65e8afc50303a22c0f99b0509b4c895f40",
        ),
        "hexdigits": (
            "eff31487c770a893cfb36f912fbfcbff40d5661771ca4b2cb4eafe524333f5c1",
            "ef904a29bffc4cf9ee82832451c946ac3c8f8058ae97d8d629831a74c6572bd9"
            "ebd0df635cd1f208e2038e760c4994984ce73f0d55ea9f22af83ba4734569d4b"
            "c95e18350f740c07eef653cbb9f87910d833751825f0ebefa1abe5420bb52be1"
            "4cf489b37fe1a72f7de2d10be453b2c9d9eb20c7e3f6edc5a60629178d9478df",
        ),
        "q128": (
            "b23a1d2b4d97b2ef7785562a7e8bac7eed54ed6e97e29aa51bfe3f12ddad1ff9",
            "80be107d0884f0d881bb460322f0443d38bd222db8bd0b0a5312a6fedb49c1bb"
            "d88fd75d8b9a09486c60123dfa1d73c1cc3169761b17476d3c6b7cbbd727acd0"
            "e2c942f4dd96ae3da5de368d26b32286e32de7e5a8cb2949f866a0b80c58116b"
            "29fa7fabb3ea7d520ee603e0c25bcaf0b9a5e92ec6a1fe4e0391d1cdbce8c68a",
        ),
        "a512": (
            "4623227bcc01293b8c130bf771da8c298dede7383243dc0993d2d94823958c4c",
            "546aff5444b5b79aa6148bd81728704c32decb73a3ba76e9e75885cad9def1d0"
            "6d6792f8a7d12794e90efed817d96920d728896a4510864370c207f99bd4a608"
            "ea121700ef01ed879745ee3e4ceef777eda6d9e5e38b90c86ea6fb0b36504ba4"
            "a45d22e86f6db5dd43d98a294bebb9125d5b794e9d2a81181066eb954966a487",
        ),
    },
    (Expander.XOF_SHAKE256, b"QUUX-V01-CS02-with-expander-SHAKE256"): {
        "empty": (
            "2ffc05c48ed32b95d72e807f6eab9f7530dd1c2f013914c8fed38c5ccc15ad76",
            "7a1361d2d7d82d79e035b8880c5a3c86c5afa719478c007d96e6c88737a3f631"
            "dd74a2c88df79a4cb5e5d9f7504957c70d669ec6bfedc31e01e2bacc4ff3fdf9"
            "b6a00b17cc18d9d72ace7d6b81c2e481b4f73f34f9a7505dccbe8f5485f3d20c"
            "5409b0310093d5d6492dea4e18aa6979c23c8ea5de01582e9689612afbb353df",
        ),
        "abc": (
            "b39e493867e2767216792abce1f2676c197c0692aed061560ead251821808e07",
            "a54303e6b172909783353ab05ef08dd435a558c3197db0c132134649708e0b9b"
            "4e34fb99b92a9e9e28fc1f1d8860d85897a8e021e6382f3eea10577f968ff6df"
            "6c45fe624ce65ca25932f679a42a404bc3681efe03fcd45ef73bb3a8f79ba784"
            "f80f55ea8a3c367408f30381299617f50c8cf8fbb21d0f1e1d70b0131a7b6fbe",
        ),
        "hexdigits": (
            "245389cf44a13f0e70af8665fe5337ec2dcd138890bb7901c4ad9cfceb054b65",
            "e42e4d9538a189316e3154b821c1bafb390f78b2f010ea404e6ac063deb8c085"
            "2fcd412e098e231e43427bd2be1330bb47b4039ad57b30ae1fc94e34993b162f"
            "f4d695e42d59d9777ea18d3848d9d336c25d2acb93adcad009bcfb9cde12286d"
            "f267ada283063de0bb1505565b2eb6c90e31c48798ecdc71a71756a9110ff373",
        ),
        "q128": (
            "719b3911821e6428a5ed9b8e600f2866bcf23c8f0515e52d6c6c019a03f16f0e",
            "4ac054dda0a38a65d0ecf7afd3c2812300027c8789655e47aecf1ecc1a2426b1"
            "7444c7482c99e5907afd9c25b991990490bb9c686f43e79b4471a23a703d4b02"
            "f23c669737a886a7ec28bddb92c3a98de63ebf878aa363a501a60055c048bea1"
            "1840c4717beae7eee28c3cfa42857b3d130188571943a7bd747de831bd6444e0",
        ),
        "a512": (
            "9181ead5220b1963f1b5951f35547a5ea86a820562287d6ca4723633d17ccbbc",
            "09afc76d51c2cccbc129c2315df66c2be7295a231203b8ab2dd7f95c2772c68e"
            "500bc72e20c602abc9964663b7a03a389be128c56971ce81001a0b875e7fd178"
            "22db9d69792ddf6a23a151bf470079c518279aef3e75611f8f828994a9988f4a"
            "8a256ddb8bae161e658d5a2a09bcfe839c6396dc06ee5c8ff3c22d3b1f9deb7e",
        ),
    },
}
CASES = [
    pytest.param(expander, dst, MESSAGES[name], expected, id=f"{expander.value} {name} {length}")
    for (expander, dst), rows in VECTORS.items()
    for name, both in rows.items()
    for length, expected in zip((0x20, 0x80), both, strict=True)
]

LONGEST = {Expander.XMD_SHA256: 255 * 32, Expander.XOF_SHAKE256: 0xFFFF}

expanders = st.sampled_from(Expander)


@pytest.mark.parametrize(("expander", "dst", "message", "expected"), CASES)
def test_published_vector_is_met(
    expander: Expander, dst: bytes, message: bytes, expected: str
) -> None:
    assert expander.expand(message, dst, len(expected) // 2).hex() == expected


@given(message=st.binary(max_size=200), dst=st.binary(max_size=255), length=st.integers(1, 300))
def test_xmd_follows_the_steps_of_the_text(message: bytes, dst: bytes, length: int) -> None:
    """RFC 9380, section 5.3.1, written down octet by octet."""
    dst_prime = dst + bytes([len(dst)])
    padded = bytes(64) + message + bytes([length >> 8, length & 0xFF]) + b"\0" + dst_prime
    b = [hashlib.sha256(padded).digest()]
    b.append(hashlib.sha256(b[0] + b"\1" + dst_prime).digest())
    while 32 * (len(b) - 1) < length:
        mixed = bytes(x ^ y for x, y in zip(b[0], b[-1], strict=True))
        b.append(hashlib.sha256(mixed + bytes([len(b)]) + dst_prime).digest())
    assert Expander.XMD_SHA256.expand(message, dst, length) == b"".join(b[1:])[:length]


@given(expander=expanders, message=st.binary(max_size=40), dst=st.binary(min_size=1, max_size=40))
def test_length_of_the_output_separates_domains(
    expander: Expander, message: bytes, dst: bytes
) -> None:
    """A shorter output is no prefix of a longer one, and a tag's end cannot pass for message."""
    assert expander.expand(message, dst, 64)[:32] != expander.expand(message, dst, 32)
    moved = expander.expand(message + dst[:1], dst[1:], 32)
    assert moved != expander.expand(message, dst, 32)


@pytest.mark.parametrize("expander", Expander)
def test_longest_output_is_given_and_one_more_refused(expander: Expander) -> None:
    longest = LONGEST[expander]
    assert len(expander.expand(b"m", b"dst", longest)) == longest
    for length in (longest + 1, 0, -1):
        with pytest.raises(UsageError, match="cannot expand"):
            expander.expand(b"m", b"dst", length)


@pytest.mark.parametrize("expander", Expander)
def test_tag_over_255_octets_is_refused(expander: Expander) -> None:
    assert len(expander.expand(b"m", bytes(255), 32)) == 32
    with pytest.raises(UsageError, match="at most 255"):
        expander.expand(b"m", bytes(256), 32)
