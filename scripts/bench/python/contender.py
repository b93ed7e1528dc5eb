"""One contender of the benchmark: contender.py torch | jax | keras | numpy.

Answers requests, one JSON line each, on stdin and stdout:

    {"do": "open", "task": FOLDER}           make the model, load the data
    {"do": "train", "from": s, "steps": n}   n steps on, with their time
    {"do": "loss", "from": s, "steps": n}    mean loss there, no update
    {"do": "memory"}                         resident bytes
    {"do": "close"}

What goes wrong is answered too, as {"error": "one line"}, and a task that a
framework cannot do as {"unable": "why"}. How each one trains is in
<name>_training.py, what a task folder holds in task.py. Frameworks are
imported when a task is opened: the number of threads has to be known by then.
"""

import json
import math
import os
import sys
import time
from importlib import import_module, metadata
from pathlib import Path

NAMES = ('torch', 'jax', 'keras', 'numpy')
# Who reads it: OpenMP (torch), OpenBLAS (numpy), XLA (jax).
THREAD_VARIABLES = ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'NPROC')


class Contender:
    """Holds at most one training, and the number of threads from the first
    task on: a framework that is loaded does not change it reliably."""

    def __init__(self, name):
        self.name, self.training, self.threads = name, None, 'undecided'

    def open(self, request):
        self.training = None  # its memory first
        start = time.perf_counter()
        folder = Path(request['task'])
        document = json.loads((folder / 'task.json').read_text('utf-8'))
        self.fix_threads(document['threads'])
        task_module = import_module('task')
        try:
            module = import_module(f'{self.name}_training')
            task = task_module.read_task(folder, document)
            self.training = module.Training(task)
        except task_module.Unable as reason:
            return {'unable': str(reason)}
        self.mean_loss = task_module.mean_loss
        versions = {p: metadata.version(p) for p in module.PACKAGES}
        opened = {'label': module.LABEL, 'versions': versions,
                  'seconds': time.perf_counter() - start}
        note = module.note(task)
        return opened | {'note': note} if note else opened

    def fix_threads(self, threads):
        if self.threads == 'undecided':
            self.threads = threads
            if threads is not None:
                for variable in THREAD_VARIABLES:
                    os.environ[variable] = str(threads)
        elif self.threads != threads:
            raise ValueError(f'this process runs with threads {self.threads}, '
                             f'{threads} asked: start another process')

    def train(self, request):
        order = self.steps(request)
        start = time.perf_counter()
        losses = self.training.train(order)
        seconds = time.perf_counter() - start
        return {'seconds': seconds, 'losses': [number(x) for x in losses]}

    def loss(self, request):
        order, task = self.steps(request), self.training.task
        batches = [self.mean_loss(task, self.training.outputs(positions),
                                  task.labels[positions])
                   for positions in order]
        return {'loss': number(sum(batches) / len(batches))}

    def steps(self, request):
        """The positions (n, B) of the steps asked for."""
        if self.training is None:
            raise ValueError('no task is open: ask "open" first')
        order = self.training.task.order
        first, count = request['from'], request['steps']
        if not (0 <= first and 1 <= count and first + count <= len(order)):
            raise ValueError(f'{count} steps from {first} on asked, the order '
                             f'holds steps 0 to {len(order) - 1}')
        return order[first:first + count]

    def memory(self, _request):
        if os.path.exists('/proc/self/statm'):
            pages = int(Path('/proc/self/statm').read_text().split()[1])
            return {'rss': pages * os.sysconf('SC_PAGESIZE')}
        import resource  # elsewhere: the most there was
        return {'rss': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}

    def close(self, _request):
        return {'closed': True}


def number(value):
    """JSON knows neither NaN nor infinity: null."""
    return float(value) if math.isfinite(value) else None


def answer(contender, line):
    handlers = {name: getattr(contender, name)
                for name in ('open', 'train', 'loss', 'memory', 'close')}
    try:
        request = json.loads(line)
        if request.get('do') not in handlers:
            raise ValueError(f'unknown request "{request.get("do")}": choose '
                             f'one of {", ".join(handlers)}')
        return handlers[request['do']](request)
    except Exception as error:  # whatever a framework throws
        text = f'{type(error).__name__}: {error}'
        return {'error': ' '.join(text.split())[:500]}


def main():
    name = sys.argv[1] if len(sys.argv) == 2 else ''
    if name not in NAMES:
        print(f'contender.py: unknown name "{name}": choose one of '
              f'{", ".join(NAMES)}', file=sys.stderr)
        sys.exit(2)
    answers = os.fdopen(os.dup(1), 'w', encoding='utf-8')
    os.dup2(2, 1)  # stdout carries only the answer; what frameworks print goes to stderr
    contender = Contender(name)
    for line in sys.stdin:
        reply = answer(contender, line)
        print(json.dumps(reply), file=answers, flush=True)
        if 'closed' in reply:
            break


if __name__ == '__main__':
    main()
