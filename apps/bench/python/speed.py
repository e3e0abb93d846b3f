"""Times one of the networks here, one thread. For each line `train|gradient|infer SECONDS LEAST` on stdin, runs the pass for so
long, but so often at the least, and writes one line: a JSON list of the milliseconds that each run took.

usage: speed.py [--net ntm|dnc|gru-ntm|lstm] [--controller lstm|feedforward] --batch B --length L [--script]
       [--clock wall|processor]
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


def times(work, seconds: float, least: int, clock):
    taken, end = [], time.perf_counter() + seconds
    while len(taken) < least or time.perf_counter() < end:
        began = clock()
        work()
        taken.append(1e3 * (clock() - began))
    return taken


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--net', choices=['ntm', 'dnc', 'gru-ntm', 'lstm'], default='ntm')
    parser.add_argument('--controller', default='lstm')
    parser.add_argument('--batch', type=int, required=True)
    parser.add_argument('--length', type=int, required=True)
    parser.add_argument('--script', action='store_true')
    parser.add_argument('--clock', choices=['wall', 'processor'], default='wall')
    given = parser.parse_args()
    clock = time.process_time if given.clock == 'processor' else time.perf_counter
    torch.set_num_threads(1)
    torch.manual_seed(1)
    size = given.batch, given.length, given.script
    others = {'dnc': dnc, 'gru-ntm': gru_ntm, 'lstm': lstm}
    work = ntm.passes(given.controller, *size) if given.net == 'ntm' else others[given.net].passes(*size)
    for line in sys.stdin:
        name, seconds, least = line.split()
        print(json.dumps(times(work[name], float(seconds), int(least), clock)), flush=True)


main()
