"""The verbs that R calls: plain dicts and arrays in and out.

Nothing else in this package is called from R, and no Keras object is looked
into there: a live model is an opaque handle that only comes back here.
"""

import math
import platform

import keras
import numpy as np

from deeply_backend.bridge_backbone import file_backbone  # noqa: F401
from deeply_backend.bridge_backbone import is_whole_model  # noqa: F401
from deeply_backend.bridge_backbone import known_backbone  # noqa: F401
from deeply_backend.bridge_backbone import layer_names  # noqa: F401
from deeply_backend.bridge_backbone import thawable  # noqa: F401
from deeply_backend.bridge_baselines import fit_baseline  # noqa: F401
from deeply_backend.bridge_baselines import predict_baseline  # noqa: F401
from deeply_backend.bridge_baselines import rival  # noqa: F401
from deeply_backend.bridge_coder import coder_axes  # noqa: F401
from deeply_backend.bridge_coder import coder_codes  # noqa: F401
from deeply_backend.bridge_coder import coder_costs  # noqa: F401
from deeply_backend.bridge_coder import coder_decode  # noqa: F401
from deeply_backend.bridge_coder import coder_judge_rows  # noqa: F401
from deeply_backend.bridge_coder import coder_layers  # noqa: F401
from deeply_backend.bridge_coder import coder_mean_cost  # noqa: F401
from deeply_backend.bridge_coder import coder_mixture  # noqa: F401
from deeply_backend.bridge_coder import coder_sigma  # noqa: F401
from deeply_backend.bridge_cold import by_chance  # noqa: F401
from deeply_backend.bridge_cold import by_features  # noqa: F401
from deeply_backend.bridge_cold import choose_features  # noqa: F401
from deeply_backend.bridge_cold import map_features  # noqa: F401
from deeply_backend.bridge_cold import with_new  # noqa: F401
from deeply_backend.bridge_explain import attributions  # noqa: F401
from deeply_backend.bridge_explain import tsne  # noqa: F401
from deeply_backend.bridge_explain import vectors  # noqa: F401
from deeply_backend.bridge_files import csv  # noqa: F401
from deeply_backend.bridge_files import csv_look  # noqa: F401
from deeply_backend.bridge_files import parquet  # noqa: F401
from deeply_backend.bridge_files import table_about  # noqa: F401
from deeply_backend.bridge_files import table_blocks  # noqa: F401
from deeply_backend.bridge_files import table_close  # noqa: F401
from deeply_backend.bridge_files import table_next  # noqa: F401
from deeply_backend.bridge_gan import anomaly_scores  # noqa: F401
from deeply_backend.bridge_gan import anomaly_search  # noqa: F401
from deeply_backend.bridge_gan import gan_eyes  # noqa: F401
from deeply_backend.bridge_gan import gan_film  # noqa: F401
from deeply_backend.bridge_gan import gan_judge_of  # noqa: F401
from deeply_backend.bridge_gan import gan_layers  # noqa: F401
from deeply_backend.bridge_gan import gan_nearest  # noqa: F401
from deeply_backend.bridge_gan import gan_nearness  # noqa: F401
from deeply_backend.bridge_gan import gan_scores  # noqa: F401
from deeply_backend.bridge_gan import generate  # noqa: F401
from deeply_backend.bridge_gan import random_eyes  # noqa: F401
from deeply_backend.bridge_images import decode_images  # noqa: F401
from deeply_backend.bridge_images import feature_maps  # noqa: F401
from deeply_backend.bridge_images import gradcam  # noqa: F401
from deeply_backend.bridge_images import image_groups  # noqa: F401
from deeply_backend.bridge_images import image_likeness  # noqa: F401
from deeply_backend.bridge_images import image_sizes  # noqa: F401
from deeply_backend.bridge_images import kernels  # noqa: F401
from deeply_backend.bridge_images import map_layers  # noqa: F401
from deeply_backend.bridge_images import pixel_moments  # noqa: F401
from deeply_backend.bridge_images import pixels  # noqa: F401
from deeply_backend.bridge_images import resize_images  # noqa: F401
from deeply_backend.bridge_pictures import generate_from  # noqa: F401
from deeply_backend.bridge_pictures import picture_baselines_of  # noqa: F401
from deeply_backend.bridge_pictures import picture_judge_of  # noqa: F401
from deeply_backend.bridge_pictures import picture_scores  # noqa: F401
from deeply_backend.bridge_ratings import load_rater  # noqa: F401
from deeply_backend.bridge_ratings import network_rater  # noqa: F401
from deeply_backend.bridge_ratings import predicted_ratings  # noqa: F401
from deeply_backend.bridge_ratings import rated  # noqa: F401
from deeply_backend.bridge_ratings import rating_rows  # noqa: F401
from deeply_backend.bridge_ratings import simple_rater  # noqa: F401
from deeply_backend.bridge_ratings import try_biases  # noqa: F401
from deeply_backend.bridge_recommend import alike_items  # noqa: F401
from deeply_backend.bridge_recommend import alike_users  # noqa: F401
from deeply_backend.bridge_recommend import are_had  # noqa: F401
from deeply_backend.bridge_recommend import best_items  # noqa: F401
from deeply_backend.bridge_recommend import blend_scorers  # noqa: F401
from deeply_backend.bridge_recommend import history_rows  # noqa: F401
from deeply_backend.bridge_recommend import interactions  # noqa: F401
from deeply_backend.bridge_recommend import item_scorer  # noqa: F401
from deeply_backend.bridge_recommend import item_vectors  # noqa: F401
from deeply_backend.bridge_recommend import load_recommender  # noqa: F401
from deeply_backend.bridge_recommend import network_scorer  # noqa: F401
from deeply_backend.bridge_recommend import numbers_of  # noqa: F401
from deeply_backend.bridge_recommend import pair_rows  # noqa: F401
from deeply_backend.bridge_recommend import pair_scores  # noqa: F401
from deeply_backend.bridge_recommend import pairs_of  # noqa: F401
from deeply_backend.bridge_recommend import places  # noqa: F401
from deeply_backend.bridge_recommend import ranking_judge  # noqa: F401
from deeply_backend.bridge_recommend import reasons  # noqa: F401
from deeply_backend.bridge_recommend import recommender  # noqa: F401
from deeply_backend.bridge_recommend import save_recommender  # noqa: F401
from deeply_backend.bridge_recommend import scorer_of  # noqa: F401
from deeply_backend.bridge_recommend import try_linear  # noqa: F401
from deeply_backend.bridge_rows import BLOCK_ROWS
from deeply_backend.bridge_rows import is_streamed  # noqa: F401
from deeply_backend.bridge_rows import load_rows  # noqa: F401
from deeply_backend.bridge_rows import release  # noqa: F401
from deeply_backend.bridge_rows import rows  # noqa: F401
from deeply_backend.bridge_rows import save_rows  # noqa: F401
from deeply_backend.bridge_rows import write  # noqa: F401
from deeply_backend.bridge_series import apply_baseline  # noqa: F401
from deeply_backend.bridge_series import learn_baseline  # noqa: F401
from deeply_backend.bridge_series import panel  # noqa: F401
from deeply_backend.bridge_series import predict_windows  # noqa: F401
from deeply_backend.bridge_series import window_rows  # noqa: F401
from deeply_backend.data.images import is_mirrored
from deeply_backend.data.images import mirrored
from deeply_backend.data.pages import give_back
from deeply_backend.data.rows import as_inputs
from deeply_backend.data.rows import split_inputs
from deeply_backend.judge import baselines
from deeply_backend.models import BUILDERS
from deeply_backend.models import stored
from deeply_backend.models import transfer
from deeply_backend.training import engine as engines
from deeply_backend.training import train
from deeply_backend.training.convolutions import convolves
from deeply_backend.training.convolutions import rows_at_once
from deeply_backend.training.plan import Plan

# Images whose outputs are asked for at once.
IMAGES_AT_ONCE = 512


def describe():
    """Versions and devices."""
    return {
        "python": platform.python_version(),
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "backend_version": engines.version(),
        "numpy": np.__version__,
        "devices": engines.devices(),
        "trees": baselines.has_trees(),
    }


def fit(
    spec,
    data,
    n_train,
    plan,
    on_event,
    rates=None,
    tensorboard=None,
    judge=None,
):
    """Builds and trains a model.

    Args:
        spec: See `train.train()`.
        data: Filled rows, those to train on first.
        n_train: Their number.
        plan: Dict of the fields of `Plan`, but for `rates`.
        on_event: Called with a dict a few times a second; a true answer ends
            the run.
        rates: See `Plan`.
        tensorboard: Folder of a TensorBoard log, or `None`.
        judge: What `ranking_judge()` gave, or `None`.

    Returns:
        Dict of `model` (the `.keras` bytes), `handle`, `history`,
        `parameters` and what else `train.train()` gives.
    """
    plan = Plan(rates=rates, **plan)
    judge = None if judge is None else judge.value
    trained = train.train(
        spec, data, int(n_train), plan, on_event, tensorboard, judge
    )
    model, history = trained.pop("model"), trained.pop("history")
    if convolves(model):
        give_back()
    return {
        "model": save(model),
        "handle": Live(model),
        "history": {k: np.asarray(v, "float64") for k, v in history.items()},
        "parameters": model.count_params(),
        "learned": sum(math.prod(v.shape) for v in model.trainable_variables),
        **trained,
    }


def range_test(spec, data, n_train, plan, rates):
    """Mean loss of one step at each learning rate; see `train`."""
    losses = train.range_test(spec, data, int(n_train), Plan(**plan), rates)
    return np.asarray(losses, "float64")


class Live:
    """A model in memory, ready to predict."""

    def __init__(self, model):
        self.model = model
        self._run = engines.compile_predict(model)
        self._most = rows_at_once(model, BLOCK_ROWS)
        # Seldom asked for.
        self._run_members = None
        self._ends = {}

    def predict(self, inputs):
        """Outputs `(rows, outputs)` for a dict of arrays.

        Of a model that asks for it, they are the mean of those of each image
        and of its mirror image.
        """
        outputs = self._outputs(inputs)
        if not is_mirrored(self.model):
            return outputs
        return (outputs + self._outputs(mirrored(self.model, inputs))) / 2

    def _outputs(self, inputs):
        n, most = len(next(iter(inputs.values()))), self._most
        parts = [
            self._run({k: x[first : first + most] for k, x in inputs.items()})
            for first in range(0, max(n, 1), most)
        ]
        return np.concatenate(parts).astype("float64")

    def predict_members(self, inputs):
        """Outputs `(rows, members, outputs)` of each member by itself."""
        if self._run_members is None:
            alone = self.model.get_layer("output").output
            members = keras.Model(self.model.input, alone)
            self._run_members = engines.compile_predict(members)
        return self._run_members(inputs).astype("float64")

    def features(self, inputs, name):
        """What a layer gives `(rows, features)`; see `features_at()`."""
        if name not in self._ends:
            self._ends[name] = Live(transfer.features_at(self.model, name))
        return self._ends[name]._outputs(inputs)


def load(model):
    """Revives a model from its `.keras` bytes."""
    return Live(stored.from_bytes(model))


def load_backbone(spec):
    """Revives a backbone, see `transfer.features_model()`."""
    return Live(transfer.features_model(spec))


def save(model):
    """A model as its `.keras` bytes."""
    return stored.to_bytes(model)


def predict(handle, blocks):
    """Outputs `(rows, outputs)` of a block: logits, or standardised values."""
    return handle.predict(as_inputs(blocks))


def features(handle, blocks, layer=None):
    """What a layer of a network for images makes of a block of them."""
    return handle.features(as_inputs(blocks), layer)


def predict_members(handle, blocks):
    """Outputs `(rows, members * outputs)` of a block, member by member."""
    outputs = handle.predict_members(as_inputs(blocks))
    return outputs.reshape(len(outputs), -1)


def predict_rows(handle, data, index):
    """Dict of the `outputs` and `y` of some rows of a buffer."""
    index = np.atleast_1d(np.asarray(index, np.int64))
    most = IMAGES_AT_ONCE if convolves(handle.model) else max(1, len(index))
    outputs, y = [], []
    for first in range(0, max(1, len(index)), most):
        taken = data.take(index[first : first + most])
        inputs, truth, _ = split_inputs(taken)
        outputs.append(handle.predict(inputs))
        y.append(truth.astype("float64"))
    return {"outputs": np.concatenate(outputs), "y": np.concatenate(y)}


def layers(handle):
    """Name, kind, output shape and number of parameters of each layer."""
    return layers_of(handle.model)


def trace(spec):
    """As `layers()`, of a network that is built and forgotten."""
    return layers_of(BUILDERS[spec["model"]](spec))


def layers_of(model):
    """See `layers()`; of several outputs the first one's shape."""
    outputs = [keras.tree.flatten(layer.output)[0] for layer in model.layers]
    return [
        {
            "name": layer.name,
            "kind": type(layer).__name__,
            "output": [-1 if d is None else d for d in output.shape[1:]],
            "parameters": layer.count_params(),
        }
        for layer, output in zip(model.layers, outputs, strict=True)
    ]


def keras_model(handle):
    """The Keras model behind a handle, for users who want more."""
    return handle.model
