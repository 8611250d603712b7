"""JAX: an epoch is one compiled call, `lax.scan` over its mini-batches; a stack is `vmap` of it."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from benchmarks.workloads import LEARNING_RATE, Problem, Run
from core import Array

jax.config.update("jax_enable_x64", True)

Parameters = list[tuple[jax.Array, jax.Array]]
"""W and b of each layer."""


def start(problem: Problem) -> Run:
    """One network."""
    parameters = [(layer.W[0], layer.b[0]) for layer in problem.network.layers if layer.b is not None]
    (rng,) = problem.rngs
    return _start(problem, parameters, _epoch, lambda: _order(problem, rng), lambda array: array)


def start_stack(problem: Problem) -> Run:
    """A population, each member with an order of its own."""
    parameters = [(layer.W, layer.b) for layer in problem.network.layers if layer.b is not None]
    rngs = problem.rngs
    return _start(
        problem,
        parameters,
        jax.vmap(_epoch, in_axes=(0, None, None, 0)),
        lambda: np.stack([_order(problem, rng) for rng in rngs]),
        lambda array: array[0],
    )


def _start(
    problem: Problem,
    parameters: list[tuple[Array, Array]],
    function: Callable[[Parameters, jax.Array, jax.Array, jax.Array], Parameters],
    order: Callable[[], NDArray[np.int32]],
    first: Callable[[Array], Array],
) -> Run:
    """Compile an epoch; its old parameters are given away, so that nothing is copied."""
    compiled = jax.jit(function, donate_argnums=0)
    x, y = jnp.array(problem.x), jnp.array(problem.y)
    state: Parameters = [(jnp.array(W), jnp.array(b)) for W, b in parameters]

    def epoch() -> None:
        nonlocal state
        state = jax.block_until_ready(compiled(state, x, y, jnp.array(order())))

    def now() -> list[Array]:
        return [first(np.array(one)) for W, b in state for one in (W, b[..., 0])]

    return Run(epoch, now)


def _order(problem: Problem, rng: np.random.Generator) -> NDArray[np.int32]:
    """The examples of each mini-batch of an epoch, (steps, batch)."""
    return rng.permutation(len(problem.x)).astype(np.int32).reshape(problem.steps, problem.batch)


def _epoch(parameters: Parameters, x: jax.Array, y: jax.Array, order: jax.Array) -> Parameters:
    """Gradient descent on the mini-batches in this order."""

    def step(parameters: Parameters, batch: jax.Array) -> tuple[Parameters, None]:
        gradient = jax.grad(_cost)(parameters, x[batch].T, y[batch].T)
        return jax.tree.map(lambda p, g: p - LEARNING_RATE * g, parameters, gradient), None

    trained: Parameters = jax.lax.scan(step, parameters, order)[0]
    return trained


def _cost(parameters: Parameters, h: jax.Array, y: jax.Array) -> jax.Array:
    """Cross-entropy from z, ln(1 + eᶻ) − y z, summed over outputs, mean over examples (columns)."""
    for W, b in parameters[:-1]:
        h = jax.nn.sigmoid(W @ h + b)
    W, b = parameters[-1]
    z = W @ h + b
    return jnp.sum(jax.nn.softplus(z) - y * z) / h.shape[1]
