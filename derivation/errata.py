"""The errors in the founding text and its notebook, each with a proof that runs.

The text: https://sharkovsky.github.io/2017/06/07/naive-backprop.html, the blog post that this project was started
from. The notebook: FullyConnected-py3.ipynb, to which it links.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from derivation import proofs_of_the_notebook as notebook
from derivation import proofs_of_the_text as text
from derivation.proofs_of_the_text import Proof


@dataclass(frozen=True, slots=True)
class Erratum:
    """A slip.

    Attributes:
        title: its subject.
        source: the text, or its notebook.
        section: the heading of its section there.
        printed: the printed form, in LaTeX.
        why: why it is wrong or misleading; formulas stand between dollar signs.
        right: the right form, in LaTeX.
        proof: computes both forms.
    """

    title: str
    source: Literal["text", "notebook"]
    section: str
    printed: str
    why: str
    right: str
    proof: Callable[[], Proof]


ERRATA: Final = (
    Erratum(
        "The sign of the update",
        "text",
        "Scary math in the form of vectors",
        r"w_{1,ij} \leftarrow w_{1,ij} + \frac{dC}{dw_{1,ij}}",
        "With a plus the step goes uphill, and the learning rate is missing. The scalar formula before it and the "
        "matrix formulas after it are right.",
        r"w_{1,ij} \leftarrow w_{1,ij} - \eta \frac{\partial C}{\partial w_{1,ij}}",
        text.sign_of_the_update,
    ),
    Erratum(
        "Updated before propagated",
        "text",
        "The backprop insight",
        r"W_l \leftarrow W_l - \eta \left( \boldsymbol{\delta} \odot \left.\frac{d\sigma}{dz}\right|_{\mathbf{z}_l} "
        r"\right) \otimes \mathbf{h}_{l-1} \text{; then } \boldsymbol{\delta} = W_l^T \left( \boldsymbol{\delta} \odot "
        r"\left.\frac{d\sigma}{dz}\right|_{\mathbf{z}_l} \right)",
        "In this order the error signal goes back through weights that did not produce it, and the result is not a "
        "derivative. The two formulas of the summary have the same error if they are applied in sequence. The "
        "notebook's code is right: it delays the updates until every layer has passed its signal on.",
        r"\boldsymbol{\delta} \text{ through the old } W_l \text{ first, then the update}",
        text.order_of_the_list,
    ),
    Erratum(
        "A product without precedence",
        "text",
        "Scary math in the form of vectors",
        r"\left[ W_2^T \left( \left.\nabla C\right|_{\mathbf{y}} \odot \left.\frac{d\sigma}{dz}\right|_{\mathbf{z}_2} "
        r"\right) \right] \odot \left.\frac{d\sigma}{dz}\right|_{\mathbf{z}_1} \otimes \mathbf{x}",
        r"This is $A \odot B \otimes \mathbf{x}$, and the text does not say which product comes first. Read from the "
        r"right, it multiplies a vector by a matrix, for which $\odot$ is not defined. A program that broadcasts the "
        "vector multiplies columns where rows are meant.",
        r"(A \odot B) \otimes \mathbf{x}",
        text.precedence,
    ),
    Erratum(
        "The slope of the cost at one output",
        "text",
        "Scary math in the form of vectors",
        r"\left.\frac{dC}{dy}\right|_{y_u}",
        "This looks like the derivative of a function of one variable, evaluated at one output. But $C$ is a function "
        r"of all the outputs, and its slope at $y_u$ may depend on every one of them. The text means the component $u$ "
        r"of $\nabla C$.",
        r"\frac{\partial C}{\partial y_u} = [\nabla C]_u",
        text.slope_at_one_output,
    ),
    Erratum(
        "The derivative of the cross-entropy",
        "notebook",
        "Cost function",
        r"dC/da = a - y \text{, then times } a (1 - a)",
        "$a - y$ is $dC/dz$, where the slope of the sigmoid has already cancelled. The notebook multiplies it by that "
        "slope again, which gives the gradient of the quadratic cost: the notebook plots one cost and descends "
        "another. Its $y$ is the target, and its $a$ is the output.",
        r"dC/da = \frac{a - y}{a (1 - a)}",
        notebook.slope_of_cross_entropy,
    ),
    Erratum(
        "The update of the bias",
        "notebook",
        "Sigmoid Layer",
        r"\mathbf{b}_l \leftarrow \mathbf{b}_l - \eta\,\boldsymbol{\delta}",
        r"The bias adds to $z$, and the notebook's $\boldsymbol{\delta}$ is $dC/dh$: the slope of $\sigma$ is missing. "
        "The code below the formula contains it.",
        r"\mathbf{b}_l \leftarrow \mathbf{b}_l - \eta\,\boldsymbol{\delta} \odot "
        r"\left.\frac{d\sigma}{dz}\right|_{\mathbf{z}_l}",
        notebook.slope_in_the_bias,
    ),
    Erratum(
        "Any map from vector to vector",
        "text",
        "Scary math in the form of vectors",
        r"\sigma: \mathbb{R}^N \to \mathbb{R}^N",
        r"The formulas with $\odot$ hold only if $\sigma$ acts on each unit separately. The text uses this "
        r"($y_u = \sigma(z_{2,u})$) but does not say it. Softmax is also a map from $\mathbb{R}^N$ to $\mathbb{R}^N$, "
        "but its Jacobian is not diagonal.",
        r"\frac{dC}{d\mathbf{z}_l} = J^T \frac{dC}{d\mathbf{h}_l}, \quad "
        r"J_{vu} = \frac{\partial h_v}{\partial z_u}",
        text.units_that_are_tied,
    ),
    Erratum(
        "A cost without a target",
        "text",
        "Scary math in the form of vectors",
        r"\text{cost} = C(\mathbf{y})",
        "A function of the output alone is the same for every example. The cost also needs the target $t$, the output "
        "that the network should give: there is one such function for each example, and training minimises their mean.",
        r"C(\mathbf{y}, \mathbf{t})",
        text.one_cost_for_all,
    ),
    Erratum(
        "The repeated term, repeated",
        "text",
        "The backprop insight",
        r"\boldsymbol{\delta} = \left.\nabla C\right|_{\mathbf{y}}",
        r"The text finds that $\nabla C \odot \sigma'(\mathbf{z}_2)$ is needed twice, but passes on $\nabla C$. So its "
        "list forms the product twice in every layer: for the update, and again for the signal. After layer 1 it also "
        "computes a signal for the input, which has no weights.",
        r"\boldsymbol{\delta}_L = \nabla C \odot \sigma'(\mathbf{z}_L), \quad "
        r"\boldsymbol{\delta}_{l-1} = (W_l^T \boldsymbol{\delta}_l) \odot \sigma'(\mathbf{z}_{l-1})",
        text.repeated_all_the_same,
    ),
    Erratum(
        "Letters without an index",
        "text",
        "Why backprop?, and The backprop insight",
        r"y = \sigma(z) \text{ and } \mathbf{h}_{l-1}",
        "The chain has two weighted inputs; this $z$ is $z_2$. In the last round of the list $l - 1$ is 0, but the "
        r"text does not define $\mathbf{h}_0$: it is $\mathbf{x}$.",
        r"y = \sigma(z_2), \quad \mathbf{h}_0 = \mathbf{x}",
        text.one_letter_for_two,
    ),
    Erratum(
        "Zero times the logarithm of zero",
        "notebook",
        "Cost function",
        r"-y \ln\,a - (1 - y) \ln(1 - a)",
        r"If the output of a sigmoid rounds to 1 and the target is 1, this formula contains $0 \cdot \ln\,0$, which is "
        "not a number. The form in $z$ is exact everywhere.",
        r"\ln(1 + e^z) - y\,z",
        notebook.logarithm_of_nothing,
    ),
    Erratum(
        "A training curve of many networks",
        "notebook",
        "Train and validate",
        r"\text{training error: the mean of the costs met during the epoch}",
        "The cost of every example is measured just before its own update, so the mean mixes hundreds of networks, "
        "including the worst ones. The notebook plots it next to the validation cost of the last network.",
        r"\text{the mean cost, with the weights at the end of the epoch}",
        notebook.moving_average_of_the_cost,
    ),
)
"""The project started with the first six; checking found the others."""
