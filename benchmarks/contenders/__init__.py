"""The ways to train the same network, by name. A peer that is not installed is left out."""

from importlib.util import find_spec
from typing import Final

from benchmarks.contenders import curvature_products, nielsen, ours, scikit_learn
from benchmarks.workloads import Contender

OURS: Final = "ours"
PRODUCTS: Final = "products alone"
SCIKIT_LEARN: Final = "scikit-learn"

OF_ONE: Final[dict[str, Contender]] = {
    OURS: ours.start,
    PRODUCTS: curvature_products.start,
    SCIKIT_LEARN: scikit_learn.start,
    "Nielsen, matrices": nielsen.start_matrices,
    "Nielsen, as printed": nielsen.start_loop,
}
"""What trains one network."""

OF_MANY: Final[dict[str, Contender]] = {"our stack": ours.start, "ours, separate": ours.start_separate}
"""What trains a population."""

if find_spec("torch"):
    from benchmarks.contenders import pytorch

    OF_ONE["PyTorch"] = pytorch.start

if find_spec("jax"):
    from benchmarks.contenders import jax_scan

    OF_ONE["JAX"] = jax_scan.start
    OF_MANY["JAX, vmap"] = jax_scan.start_stack
