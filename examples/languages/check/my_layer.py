"""Layer normalization with its backward pass by hand in Python (3.9 or later), with only its standard
library, as a program that backproof checks:

    npx backproof check --command "python3 examples/languages/check/my_layer.py"

Matrices are lists of rows; B examples, I inputs. With --mistake the backward pass takes the deviation
for a constant. docs/check-protocol.md describes the protocol.
"""

import json
import re
import sys
from math import sqrt

MISTAKE = '--mistake' in sys.argv
EPSILON = 1e-5

# The point at which it is checked: x (B, I), gamma (I), beta (I)
INPUTS = [[0.5, 1.2, -0.4, 0.9], [-0.3, 0.8, 0.7, -1.6], [1.1, -0.7, 0.2, 0.4]]
PARAMETERS = {'gamma': [1.1, 0.7, 1.3, 0.9], 'beta': [0.1, -0.2, 0.3, 0.05]}


def mean(row):
    return sum(row) / len(row)


def normalized(row):
    """n (I) = (x - mean) / s, and s, with s² = mean of (x - mean)², plus epsilon"""
    centre = mean(row)
    s = sqrt(mean([(x - centre) ** 2 for x in row]) + EPSILON)
    return [(x - centre) / s for x in row], s


def forward(x, p):  # y (B, I) = gamma n + beta
    return [[g * n + b for g, n, b in zip(p['gamma'], normalized(row)[0], p['beta'])] for row in x]


def backward(dy, x, p):  # dn = gamma dy   dx = (dn - mean dn - n mean (n dn)) / s
    dx, dgamma = [], [0.0] * len(p['gamma'])
    for d, row in zip(dy, x):
        n, s = normalized(row)
        dn = [g * di for g, di in zip(p['gamma'], d)]
        along = 0 if MISTAKE else mean([ni * di for ni, di in zip(n, dn)])
        dx.append([(di - mean(dn) - ni * along) / s for ni, di in zip(n, dn)])
        dgamma = [g + ni * di for g, ni, di in zip(dgamma, n, d)]
    return {'inputs': dx, 'parameters': {'gamma': dgamma, 'beta': [sum(column) for column in zip(*dy)]}}


# The protocol: one request per line, one answer per line.

def describe(_):
    return {
        'protocol': 'backproof-function/1',
        'name': 'layer norm in Python',
        'inputs': INPUTS,
        'parameters': PARAMETERS,
        'examples': 'independent',
    }


ANSWER = {
    'describe': describe,
    'forward': lambda r: {'outputs': forward(r['inputs'], r['parameters'])},
    'backward': lambda r: backward(r['dOutputs'], r['inputs'], r['parameters']),
}


def answer(line):
    number = None
    try:
        request = json.loads(re.sub(r'"(NaN|-?Infinity)"', r'\1', line))
        number = request['id']
        return {'id': number, **ANSWER[request['request']](request)}
    except Exception as error:
        return {'id': number, 'error': f'{type(error).__name__}: {error}'}


for line in sys.stdin:
    # json writes a number so that it reads back as the same one
    print(json.dumps(answer(line), separators=(',', ':')), flush=True)
