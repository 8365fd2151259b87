import base64
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.audio import codec

EVERY_SAMPLE = np.arange(-32_768, 32_768).astype(np.int16)
EVERY_BYTE = bytes(range(256))


@pytest.fixture(scope="module")
def oracle():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return pytest.importorskip("audioop", reason="audioop left the standard library in 3.13")


def test_mu_law_of_every_sample_equals_the_standard_library(oracle):
    assert codec.encode_pcmu(EVERY_SAMPLE) == oracle.lin2ulaw(EVERY_SAMPLE.tobytes(), 2)
    assert codec.decode_pcmu(EVERY_BYTE).tobytes() == oracle.ulaw2lin(EVERY_BYTE, 2)


def test_a_law_of_every_sample_equals_the_standard_library(oracle):
    assert codec.encode_pcma(EVERY_SAMPLE) == oracle.lin2alaw(EVERY_SAMPLE.tobytes(), 2)
    assert codec.decode_pcma(EVERY_BYTE).tobytes() == oracle.alaw2lin(EVERY_BYTE, 2)


@pytest.mark.parametrize(
    ("encode", "decode"),
    [(codec.encode_pcmu, codec.decode_pcmu), (codec.encode_pcma, codec.decode_pcma)],
)
def test_what_was_decoded_encodes_to_the_same_sound(encode, decode):
    heard = decode(EVERY_BYTE)
    assert np.array_equal(decode(encode(heard)), heard)
    assert len(set(encode(EVERY_SAMPLE))) >= 255


@pytest.mark.parametrize(
    ("sample", "mu_law", "a_law"),
    [(0, 0xFF, 0xD5), (32_767, 0x80, 0xAA), (-32_768, 0x00, 0x2A), (-1, 0x7E, 0x55)],
)
def test_corner_values_are_those_of_g711(sample, mu_law, a_law):
    one = np.array([sample], np.int16)
    assert codec.encode_pcmu(one) == bytes([mu_law])
    assert codec.encode_pcma(one) == bytes([a_law])


@given(st.binary(max_size=3000))
def test_base64_round_trips_and_equals_the_standard_library(data):
    assert codec.decode_base64(codec.encode_base64(data)) == data
    assert codec.encode_base64(data) == base64.b64encode(data).decode()


@pytest.mark.parametrize("text", ["abc", "ab=c", "ab c=", "ab\n==", "é===", "a-_=", "===="])
def test_bad_base64_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"base64|ASCII|ascii"):
        codec.decode_base64(text)
