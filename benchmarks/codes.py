"""What signal the codes of CCSDS 131.0 need: `python -m benchmarks.codes`.

The convolutional code (K = 7, rate 1/2, 171 and 133 octal) is sent over BPSK with white noise and decoded by Viterbi's
algorithm without quantisation, in blocks of 8,920 bits. The Reed-Solomon code (255, 223) outside it is taken by the
formulas of CCSDS 130.1-G-2, section 6.3: errors of symbols at its input are independent, as deep interleaving makes them.
The figures stand in `src/comity/network/data/codes.yaml`.
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy.optimize import brentq
from scipy.special import erfc
from scipy.stats import binom

STATES, BLOCK, SYMBOL = 64, 8920, 8
SPAN, CORRECTS = 255, 16
RATE_LOSS_DB = 10 * np.log10(255 / 223)


def outputs() -> tuple[np.ndarray, np.ndarray]:
    """By new state and which of its two predecessors: the predecessor, and the two symbols (+1, -1) sent."""
    before, symbols = np.empty((STATES, 2), dtype=int), np.empty((STATES, 2, 2))
    for state in range(STATES):
        for k in range(2):
            # The newest bit is the highest of six; the seventh, the oldest, tells the predecessors apart.
            window = state << 1 | k
            before[state, k] = window & (STATES - 1)
            for j, taps in enumerate((0o171, 0o133)):
                symbols[state, k, j] = 1 - 2 * (bin(window & taps).count("1") % 2)
    return before, symbols


def convolutional_errors(eb_n0_db: float, blocks: int, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """Wrong bits, bits, wrong 8-bit symbols, symbols after Viterbi's algorithm at an Eb/N0."""
    before, symbols = outputs()
    bits = rng.integers(0, 2, (blocks, BLOCK))
    ended = np.concatenate([bits, np.zeros((blocks, 6), dtype=bits.dtype)], axis=1)
    sigma = np.sqrt(1 / (2 * 0.5 * 10 ** (eb_n0_db / 10)))
    state = np.zeros(blocks, dtype=int)
    metric = np.full((blocks, STATES), -1e9)
    metric[:, 0] = 0.0
    came = np.empty((ended.shape[1], blocks, STATES), dtype=np.int8)
    for t in range(ended.shape[1]):
        window = ended[:, t] << 6 | state
        sent = np.stack([1 - 2 * (np.bitwise_count(window & taps) % 2).astype(int) for taps in (0o171, 0o133)])
        state = window >> 1
        heard = sent.T + sigma * rng.standard_normal((blocks, 2))
        gain = np.einsum("bj,skj->bsk", heard, symbols)
        both = metric[:, before] + gain
        came[t] = both[:, :, 1] > both[:, :, 0]
        metric = both.max(axis=2)
    at, rows = np.zeros(blocks, dtype=int), np.arange(blocks)
    decoded = np.empty_like(ended)
    for t in range(ended.shape[1] - 1, -1, -1):
        decoded[:, t] = at >> 5
        at = before[at, came[t, rows, at]]
    wrong = decoded[:, :BLOCK] != bits
    by_symbol = wrong.reshape(blocks, -1, SYMBOL).any(axis=2)
    return int(wrong.sum()), wrong.size, int(by_symbol.sum()), by_symbol.size


def after_reed_solomon(symbol_errors: float, bit_errors: float) -> float:
    """The bit error rate after the outer code (CCSDS 130.1-G-2, section 6.3)."""
    j = np.arange(CORRECTS + 1, SPAN + 1)
    left = float((j / SPAN * binom.pmf(j, SPAN, symbol_errors)).sum())
    return left * bit_errors / symbol_errors


def uncoded(eb_n0_db: float) -> float:
    """The bit error rate of BPSK and QPSK."""
    return float(erfc(np.sqrt(10 ** (eb_n0_db / 10))) / 2)


def reed_solomon_alone(eb_n0_db: float) -> float:
    """The bit error rate of the outer code alone on BPSK."""
    bit = uncoded(eb_n0_db - RATE_LOSS_DB)
    return after_reed_solomon(1 - (1 - bit) ** SYMBOL, bit)


def main() -> None:
    """Prints the error rates, and the Eb/N0 that each code needs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, default=2400)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    rng = np.random.default_rng(asked.seed)
    levels = np.array([1.4, 1.6, 1.8, 2.0, 2.2, 3.6, 3.9, 4.2, 4.5])
    inner, outer = [], []
    for level in levels:
        counts = np.zeros(4, dtype=np.int64)
        while counts[1] < asked.blocks * BLOCK and counts[0] < 2000:
            counts += convolutional_errors(float(level), 120, rng)
        bit, symbol = counts[0] / counts[1], counts[2] / counts[3]
        inner.append(bit)
        outer.append(after_reed_solomon(symbol, bit))
        print(
            f"{level:.1f} dB: inner {bit:.3g} ({counts[0]} errors), symbols {symbol:.3g}, outer {outer[-1]:.3g}",
            flush=True,
        )
    for name, rates, target, lost in (("conv 1/2", inner, 1e-5, 0.0), ("RS + conv 1/2", outer, 1e-6, RATE_LOSS_DB)):
        logs = np.log10(np.maximum(rates, 1e-300))
        order = np.argsort(-logs)
        print(
            f"{name}: {np.interp(-np.log10(target), -logs[order], levels[order]) + lost:.2f} dB at a BER of {target:g}"
        )
    for name, rate, target in (("uncoded", uncoded, 1e-5), ("RS alone", reed_solomon_alone, 1e-6)):
        print(
            f"{name}: {brentq(lambda x, rate=rate, target=target: np.log10(rate(x) / target), 0, 14):.2f} dB at {target:g}"
        )


if __name__ == "__main__":
    main()
