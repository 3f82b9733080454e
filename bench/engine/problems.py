"""What is trained: sizes, seeded data and the arithmetic a step needs."""

import dataclasses

import numpy as np

SEED = 20
VALIDATION_SHARE = 0.2


@dataclasses.dataclass(frozen=True)
class Mlp:
    """A multilayer perceptron on a table of normal numbers.

    Args:
        widths: Columns of the table, hidden units, outputs. One output is a
            logit with binary cross-entropy, more are a softmax.
        batch: Rows a step.
        rows: Training rows, a multiple of `batch`, so that everyone takes the
            same steps.
    """

    widths: tuple
    batch: int
    rows: int

    def __post_init__(self):
        # JSON has lists only.
        object.__setattr__(self, "widths", tuple(self.widths))
        _check_full_batches(self.rows, self.batch)

    @property
    def name(self):
        """The widths as `--size` takes them."""
        return "-".join(map(str, self.widths))

    @property
    def steps(self):
        """Steps an epoch."""
        return self.rows // self.batch

    @property
    def is_binary(self):
        """Whether the output is one logit."""
        return self.widths[-1] == 1

    @property
    def layers(self):
        """Pairs of inputs and outputs, one a layer."""
        return list(zip(self.widths, self.widths[1:], strict=False))

    def data(self):
        """Training rows and, after them, the validation rows.

        Returns:
            `(x, y)`, `(x, y)`: float32 and, for more than one output, int32
            labels. A linear teacher with noise gives the labels, so that the
            loss says whether a contender learned.
        """
        generator = np.random.default_rng(SEED)
        n = self.rows + int(VALIDATION_SHARE * self.rows)
        x = generator.normal(size=(n, self.widths[0])).astype("float32")
        teacher = generator.normal(size=(self.widths[0], self.widths[-1]))
        score = x @ teacher / self.widths[0] ** 0.5
        score += 0.5 * generator.normal(size=score.shape)
        if self.is_binary:
            y = (score[:, 0] > 0).astype("float32")
        else:
            y = score.argmax(axis=1).astype("int32")
        return (x[: self.rows], y[: self.rows]), (
            x[self.rows :],
            y[self.rows :],
        )

    def start_weights(self):
        """The kernels (He et al., 2015) and biases that everyone starts from.

        Returns:
            A list of kernel, bias, kernel, bias and so on.
        """
        generator = np.random.default_rng(SEED + 1)
        weights = []
        for n_in, n_out in self.layers:
            kernel = generator.normal(size=(n_in, n_out)) * (2 / n_in) ** 0.5
            weights += [kernel.astype("float32"), np.zeros(n_out, "float32")]
        return weights

    def products(self):
        """The matrix products of a step, `(n, k, m)` for `(n, k) @ (k, m)`.

        Forward, the kernel's gradient and the input's gradient; the first
        layer needs no input gradient.
        """
        shapes = []
        for position, (n_in, n_out) in enumerate(self.layers):
            shapes += [(self.batch, n_in, n_out), (n_in, self.batch, n_out)]
            if position > 0:
                shapes.append((self.batch, n_out, n_in))
        return shapes

    def flops(self):
        """Floating point operations of a step: those of its products.

        Two for each multiply-add, hence `6 * weights * batch` less the input
        gradient that the first layer does not need. Biases, activations and
        Adam are left out.
        """
        return products_flops(self.products())


@dataclasses.dataclass(frozen=True)
class Product:
    """One large square matrix product a step: the machine's peak."""

    side: int
    steps: int = 8

    @property
    def name(self):
        """The side, cubed."""
        return f"{self.side}^3"

    def products(self):
        """The one product."""
        return [(self.side,) * 3]

    def flops(self):
        """Floating point operations of a step."""
        return products_flops(self.products())


@dataclasses.dataclass(frozen=True)
class Embedding:
    """One category with many levels, a vector each, and a logit on top.

    Args:
        levels: Rows of the embedding table.
        width: Length of the vectors.
        batch: Rows a step.
        rows: Training rows, a multiple of `batch`.
    """

    levels: int
    width: int
    batch: int
    rows: int

    def __post_init__(self):
        _check_full_batches(self.rows, self.batch)

    @property
    def name(self):
        """The size of the table."""
        return f"{self.levels:,} x {self.width}"

    @property
    def steps(self):
        """Steps an epoch."""
        return self.rows // self.batch

    def data(self):
        """Codes `(rows, 1)` int32, from 0 to `levels - 1`, and 0/1 labels."""
        generator = np.random.default_rng(SEED)
        codes = generator.integers(0, self.levels, (self.rows, 1), "int32")
        return codes, (codes[:, 0] % 2).astype("float32")


KINDS = {kind.__name__: kind for kind in (Mlp, Product, Embedding)}


def to_json(problem):
    """A problem as a dict that JSON can hold."""
    return {"kind": type(problem).__name__, **dataclasses.asdict(problem)}


def from_json(fields):
    """The problem that `to_json()` took apart."""
    fields = dict(fields)
    return KINDS[fields.pop("kind")](**fields)


def products_flops(products):
    """Floating point operations of matrix products."""
    return sum(2 * n * k * m for n, k, m in products)


def _check_full_batches(rows, batch):
    if rows < batch or rows % batch:
        raise ValueError(
            f"--rows {rows} is not a multiple of --batch {batch}; "
            f"take {max(1, rows // batch) * batch}"
        )
