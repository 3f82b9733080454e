"""Who takes part.

A contender is a class. It is made with a problem (`problems.py`) and its
options, holds the data and a model that starts from the problem's weights, and
has one method: `train(epochs)` trains on and returns the mean loss of the last
epoch once the arithmetic is done.

Modules are imported in a contender's own process only, by `worker.py`.
"""

import dataclasses
import importlib


@dataclasses.dataclass(frozen=True)
class Entry:
    """Where a contender lives.

    Args:
        module: Its file in this folder.
        kind: Its class.
        options: Passed to the class.
        environment: Set before its process starts.
    """

    module: str
    kind: str
    options: dict = dataclasses.field(default_factory=dict)
    environment: dict = dataclasses.field(default_factory=dict)

    def load(self):
        """Imports the library; returns a function from problem to contender."""
        module = importlib.import_module(f"contenders.{self.module}")
        kind = getattr(module, self.kind)
        return lambda problem: kind(problem, **self.options)


TENSORFLOW = {"KERAS_BACKEND": "tensorflow"}
JAX = {"KERAS_BACKEND": "jax"}

MLP = {
    "keras_fit": Entry("keras_fit", "KerasFit", {}, TENSORFLOW),
    "keras_fit_tuned": Entry(
        "keras_fit", "KerasFit", {"steps_per_execution": 32}, TENSORFLOW
    ),
    "torch_eager": Entry("torch_eager", "TorchEager"),
    "tf_epoch": Entry("tf_epoch", "TensorFlowEpoch"),
    "tf_epoch_xla": Entry("tf_epoch", "TensorFlowEpoch", {"xla": True}),
    "tf_epoch_xla_host": Entry(
        "tf_epoch", "TensorFlowEpoch", {"xla": True, "host_order": True}
    ),
    "jax_scan": Entry("jax_scan", "JaxScan"),
    "jax_scan_host": Entry("jax_scan", "JaxScan", {"host_order": True}),
    "ours_tensorflow": Entry("ours", "OurMlp", {}, TENSORFLOW),
    "ours_jax": Entry("ours", "OurMlp", {}, JAX),
}

EMBEDDING = {
    "keras_fit_embedding": Entry("keras_fit", "KerasEmbedding", {}, TENSORFLOW),
    "torch_sparse_embedding": Entry("torch_eager", "TorchSparseEmbedding"),
    "ours_tensorflow_embedding": Entry("ours", "OurEmbedding", {}, TENSORFLOW),
    "ours_jax_embedding": Entry("ours", "OurEmbedding", {}, JAX),
}

# Which library is fastest depends on the shape, so several are asked.
MATMUL = {
    "matmul_numpy": Entry("matmul", "Matmul", {"library": "numpy"}),
    "matmul_torch": Entry("matmul", "Matmul", {"library": "torch"}),
    "matmul_jax": Entry("matmul", "Matmul", {"library": "jax"}),
}

CONTENDERS = {**MLP, **EMBEDDING, **MATMUL}
