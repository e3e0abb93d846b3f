"""Times one of the networks here, one thread. For each line `train|gradient|infer SECONDS LEAST` on stdin, runs the pass for so
long, but so often at the least, and writes one line: a JSON list of the milliseconds that each run took.

usage: speed.py [--net ntm|dnc|gru-ntm|lstm] [--controller lstm|feedforward] --batch B --length L [--script]
"""

import argparse
import json
import sys
import time

import torch

import dnc
import gru_ntm
import lstm
import ntm


def times(work, seconds: float, least: int):
    taken, end = [], time.perf_counter() + seconds
    while len(taken) < least or time.perf_counter() < end:
        began = time.perf_counter()
        work()
        taken.append(1e3 * (time.perf_counter() - began))
    return taken


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--net', choices=['ntm', 'dnc', 'gru-ntm', 'lstm'], default='ntm')
    parser.add_argument('--controller', default='lstm')
    parser.add_argument('--batch', type=int, required=True)
    parser.add_argument('--length', type=int, required=True)
    parser.add_argument('--script', action='store_true')
    given = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(1)
    size = given.batch, given.length, given.script
    others = {'dnc': dnc, 'gru-ntm': gru_ntm, 'lstm': lstm}
    work = ntm.passes(given.controller, *size) if given.net == 'ntm' else others[given.net].passes(*size)
    for line in sys.stdin:
        name, seconds, least = line.split()
        print(json.dumps(times(work[name], float(seconds), int(least))), flush=True)


main()
