import pytest

from skwbc import _dtype_policy
from skwbc._dtype_policy import resolve_dtype


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("flags\t\t: fpu avx512_bf16 amx_tile\n", "mixed_bfloat16"),
        ("processor: 0\nFeatures\t: fp asimd bf16\n", "mixed_bfloat16"),
        ("flags\t\t: fpu avx2 avx512_bf16x\n", "float32"),
        ("", "float32"),
    ],
)
def test_auto_asks_the_processor(monkeypatch, tmp_path, text, expected):
    (tmp_path / "cpuinfo").write_text(text)
    monkeypatch.setattr(_dtype_policy, "CPU_INFO", tmp_path / "cpuinfo")
    _dtype_policy._processor_has_bfloat16.cache_clear()
    assert resolve_dtype("auto") == expected
    _dtype_policy._processor_has_bfloat16.cache_clear()


def test_auto_is_safe_where_the_processor_cannot_be_asked(monkeypatch, tmp_path):
    monkeypatch.setattr(_dtype_policy, "CPU_INFO", tmp_path / "absent")
    _dtype_policy._processor_has_bfloat16.cache_clear()
    assert resolve_dtype("auto") == "float32"
    _dtype_policy._processor_has_bfloat16.cache_clear()


def test_a_named_policy_is_kept():
    assert resolve_dtype("float64") == "float64"
