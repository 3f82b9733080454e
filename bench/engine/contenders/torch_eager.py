"""The usual PyTorch loop, batches by index instead of a `DataLoader`."""

import os

import torch
from torch import nn
from torch.nn import functional

if hasattr(os, "sched_getaffinity"):
    torch.set_num_threads(len(os.sched_getaffinity(0)))


class _Loop:
    """An epoch of shuffled batches, one Python call an operation."""

    def train(self, epochs):
        """Trains on; returns the mean loss of the last epoch."""
        for _ in range(epochs):
            order = torch.randperm(len(self.x))
            losses = [self._step(rows) for rows in order.split(self.batch)]
        return sum(losses) / len(losses)

    def _step(self, rows):
        loss = self.loss(self.model(self.x[rows]), self.y[rows])
        for optimizer in self.optimizers:
            optimizer.zero_grad()
        loss.backward()
        for optimizer in self.optimizers:
            optimizer.step()
        return loss.item()


class TorchEager(_Loop):
    """An MLP and `torch.optim.Adam` with its defaults."""

    def __init__(self, problem):
        (x, y), _ = problem.data()
        self.batch = problem.batch
        self.x, self.y = torch.from_numpy(x), torch.from_numpy(y)
        self.loss = _binary
        if not problem.is_binary:
            self.y, self.loss = self.y.long(), functional.cross_entropy
        self.model = _mlp(problem)
        self.optimizers = [torch.optim.Adam(self.model.parameters(), lr=1e-3)]


class TorchSparseEmbedding(_Loop):
    """`SparseAdam` updates the rows of the table that a batch has seen."""

    def __init__(self, problem):
        x, y = problem.data()
        self.batch = problem.batch
        self.x, self.y = torch.from_numpy(x), torch.from_numpy(y)
        self.loss = _binary
        table = nn.Embedding(problem.levels, problem.width, sparse=True)
        logit = nn.Linear(problem.width, 1)
        self.model = nn.Sequential(table, nn.Flatten(), logit)
        self.optimizers = [
            torch.optim.SparseAdam(table.parameters(), lr=1e-3),
            torch.optim.Adam(logit.parameters(), lr=1e-3),
        ]


def _binary(output, y):
    return functional.binary_cross_entropy_with_logits(output[:, 0], y)


def _mlp(problem):
    layers = []
    for n_in, n_out in problem.layers:
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    model = nn.Sequential(*layers[:-1])
    with torch.no_grad():
        for parameter, value in zip(
            model.parameters(), problem.start_weights(), strict=True
        ):
            parameter.copy_(torch.from_numpy(value.T))
    return model
