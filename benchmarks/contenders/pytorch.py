"""PyTorch, eagerly, as its tutorials write it: modules, a loss, `backward`, an optimiser."""

import torch
from torch import nn

from benchmarks.workloads import LEARNING_RATE, Problem, Run


def start(problem: Problem) -> Run:
    """One network on one thread."""
    torch.set_num_threads(1)
    layers: list[nn.Module] = []
    for layer in problem.network.layers:
        assert layer.b is not None
        W, b = torch.tensor(layer.W[0]), torch.tensor(layer.b[0, :, 0])
        linear = nn.Linear(W.shape[1], W.shape[0], dtype=W.dtype)
        with torch.no_grad():
            linear.weight.copy_(W)
            linear.bias.copy_(b)
        layers += [linear, nn.Sigmoid()]
    model = nn.Sequential(*layers[:-1])  # the last sigmoid is in the loss
    loss_of = nn.BCEWithLogitsLoss(reduction="sum")
    optimiser = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    x, y = torch.from_numpy(problem.x), torch.from_numpy(problem.y)
    (rng,) = problem.rngs

    def epoch() -> None:
        for batch in torch.from_numpy(rng.permutation(len(x))).split(problem.batch):
            optimiser.zero_grad(set_to_none=True)
            loss = loss_of(model(x[batch]), y[batch]) / len(batch)
            loss.backward()
            optimiser.step()

    return Run(epoch, lambda: [one.detach().numpy().copy() for one in model.parameters()])
