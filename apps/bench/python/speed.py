"""Times the network of ntm.py, one thread. For each line `train|infer SECONDS LEAST` on stdin, runs the pass for so
long, but so often at the least, and writes one line: a JSON list of the milliseconds that each run took.

usage: speed.py --controller lstm|feedforward --batch B --length L [--script]
"""

import argparse
import json
import sys
import time

import torch

from ntm import passes


def times(work, seconds: float, least: int):
    taken, end = [], time.perf_counter() + seconds
    while len(taken) < least or time.perf_counter() < end:
        began = time.perf_counter()
        work()
        taken.append(1e3 * (time.perf_counter() - began))
    return taken


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--controller', required=True)
    parser.add_argument('--batch', type=int, required=True)
    parser.add_argument('--length', type=int, required=True)
    parser.add_argument('--script', action='store_true')
    given = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    work = passes(given.controller, given.batch, given.length, given.script)
    for line in sys.stdin:
        name, seconds, least = line.split()
        print(json.dumps(times(work[name], float(seconds), int(least))), flush=True)


main()
