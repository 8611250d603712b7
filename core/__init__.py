"""The mathematics: networks, costs, backpropagation, descent, training. NumPy, and one call of SciPy's BLAS.

Notation, used everywhere in `core`. It follows the founding text: examples are columns, a batch of m examples
is (N, m). A population of S networks has S in front of every parameter, (S, N_this, N_previous).

| symbol | code | shape | meaning |
|---|---|---|---|
| x = h_0 | `x`, `h[0]` | (N_in, m) | inputs |
| W_l | `W` | (N_this, N_previous) | weights of layer l |
| b_l | `b` | (N_this, 1) | biases (the text has none; ours are optional) |
| z_l = W_l h_{l-1} + b_l | `z` | (N_l, m) | weighted input |
| h_l = σ(z_l) | `h` | (N_l, m) | activation |
| y | `y` | (N_L, m) | targets (the text's y is our h_L) |
| C | `cost` | scalar | mean over the batch, of w_i C_i where examples or classes have weights |
| δ_l = dC/dz_l | `delta` | (N_l, m) | error signal (the text's δ is dC/dh_l) |
| η | `learning_rate` | scalar | W ← W − η dC/dW |
| ⊙ | `*` | | product of elements |
| P_l | `P` | (N_previous + 1, N_this) | W_lᵀ with b_lᵀ below it: how training keeps them |
| S, L, m, N_l | | | members, layers, examples, units of layer l |

Read the files in this order: `activations` and `costs` are tables of functions with their derivatives; `network` is
the forward pass; `output` and `backprop` are the backward pass; `descent` makes one step; `learning` repeats it, and
that is training. `gradient_check` compares the gradient with finite differences.

The rest can wait. `training.train` records each epoch and chooses the loop: `learning` with `plain=True`, otherwise
`core.fast`, which does the same faster. `measures` defines what each epoch records. `entrance` checks the arguments
of the public functions, and `numbers` which kinds of numbers they accept. `core.curvature` has second derivatives,
the largest stable learning rate, and second-order methods. `rate_range` finds a learning rate without second
derivatives.

Examples:
    >>> import numpy as np
    >>> from core import Examples, Purpose, Settings, generators, initialise, train
    >>> x = np.array([[0, 0, 1, 1], [0, 1, 0, 1]], dtype=float)
    >>> xor = Examples(x, np.array([[1, 0, 0, 1], [0, 1, 1, 0]], dtype=float))
    >>> network = initialise((2, 4, 2), generators(7, range(3), Purpose.INITIALISATION))
    >>> settings = Settings(cost="cross_entropy", learning_rate=2.0, epochs=400, batch_size=None)
    >>> for epoch in train(network, xor, xor, settings, generators(7, range(3), Purpose.SHUFFLE)):
    ...     pass
    >>> epoch.train_error
    array([0., 0., 0.])
"""

from core.activations import ACTIVATIONS
from core.arrays import Array, ShapeError
from core.backprop import Gradient, backpropagate, cost_of, gradient_of
from core.costs import COSTS
from core.curvature.products import gauss_newton_vector, hessian_vector
from core.curvature.second_order import Iteration, hessian_free, levenberg_marquardt
from core.curvature.stability import Sharpness, sharpness, stability_limit
from core.descent import OPTIMISERS
from core.error_measures import ERRORS
from core.examples import Examples, Portions, Standard, Unscaled
from core.fast.evaluation import evaluate
from core.gradient_check import GradientCheck, check_gradient
from core.initialisation import INITIALISATIONS, initialise
from core.measures import MEASURES, Evaluation
from core.network import Layer, Network, Pass, forward, joined
from core.output import FUSED, fits, output_activation
from core.randomness import Purpose, generators
from core.rate_range import RangeTest, range_test
from core.schedules import SCHEDULES
from core.settings import Settings
from core.training import MAY_DIFFER, Epoch, train

__all__ = [
    "ACTIVATIONS",
    "COSTS",
    "ERRORS",
    "FUSED",
    "INITIALISATIONS",
    "MAY_DIFFER",
    "MEASURES",
    "OPTIMISERS",
    "SCHEDULES",
    "Array",
    "Epoch",
    "Evaluation",
    "Examples",
    "Gradient",
    "GradientCheck",
    "Iteration",
    "Layer",
    "Network",
    "Pass",
    "Portions",
    "Purpose",
    "RangeTest",
    "Settings",
    "ShapeError",
    "Sharpness",
    "Standard",
    "Unscaled",
    "backpropagate",
    "check_gradient",
    "cost_of",
    "evaluate",
    "fits",
    "forward",
    "gauss_newton_vector",
    "generators",
    "gradient_of",
    "hessian_free",
    "hessian_vector",
    "initialise",
    "joined",
    "levenberg_marquardt",
    "output_activation",
    "range_test",
    "sharpness",
    "stability_limit",
    "train",
]
