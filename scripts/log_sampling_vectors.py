#!/usr/bin/env python3
"""Writes tests/vectors/log-sampling.json: an implementation of the sampling's hash of its own, which the others are compared with."""
import json
import pathlib

MASK = (1 << 64) - 1


def hash64(text: str) -> int:
    """FNV-1a of the UTF-8, then MurmurHash3's 64-bit finalizer."""
    state = 0xCBF29CE484222325
    for byte in text.encode("utf-8"):
        state = ((state ^ byte) * 0x100000001B3) & MASK
    state = ((state ^ (state >> 33)) * 0xFF51AFD7ED558CCD) & MASK
    state = ((state ^ (state >> 33)) * 0xC4CEB9FE1A85EC53) & MASK
    return state ^ (state >> 33)


def vector(unit: str, key: str, app: str = "") -> dict:
    text = f"root|{key}" if unit == "root" else f"{unit}|{app}|{key}"
    value = hash64(text)
    fraction = (value >> 11) * 2.0**-53
    return {
        "unit": unit, "app": app, "id": key, "text": text, "hash": f"{value:016x}",
        "taken": {str(rate): fraction < rate for rate in (0.01, 0.1, 0.5, 0.99)},
    }


def main() -> None:
    vectors = [vector(unit, str(key), app)
               for unit in ("task", "sql", "job")
               for app in ("", "local-1795377297138", "spark-0123456789abcdef0123456789abcdef")
               for key in (*range(12), 100, 4294967296, 9223372036854775807)]
    vectors += [vector("root", key) for key in ("00f067aa0ba902b7", "b7ad6b7169203331", "0000000000000001", "ffffffffffffffff")]
    vectors += [vector("task", "größe-7", "application_1795377297138_0042"), vector("job", "𝕁ob", "")]
    target = pathlib.Path(__file__).resolve().parent.parent / "tests" / "vectors" / "log-sampling.json"
    rows = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in vectors)
    about = ("Which unit of log lines is taken at which rate. text: task|<app>|<id>, sql|<app>|<id>, job|<app>|<id> (app empty where it is not "
             "known), or root|<span id>. hash: FNV-1a of its UTF-8, 64 bits, then MurmurHash3's fmix64. Taken: (hash >>> 11) * 2^-53 < rate. "
             "Of app and id the first 256 UTF-16 units count. Written by scripts/log_sampling_vectors.py.")
    target.write_text(f'{{\n  "about": {json.dumps(about)},\n  "vectors": [\n{rows}\n  ]\n}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
