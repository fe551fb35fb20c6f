"""What a user says of the networks, and of the game between two, reaches them."""

from operator import attrgetter

import pytest
from sklearn.base import clone
from tiny_samplers import TINY_VANILLA_GAN, make_sampler

from skwbc import CNNClassifier, CNNRNNClassifier, CompactCNNClassifier
from skwbc._gan_training import TrainingLog

pytestmark = pytest.mark.usefixtures("untraced")


def build(classifier):
    return classifier._build_network((12, 12, 3), 2, "float32", seed=0)


def read(network, kind, attribute):
    """Read an attribute of each layer of a kind."""
    layers = [layer for layer in network.layers if type(layer).__name__ == kind]
    return list(map(attrgetter(attribute), layers))


@pytest.fixture
def games(monkeypatch):
    """Let no game be played, and list them."""
    listed = []

    def train(model, *_, **__):
        listed.append(model)
        return TrainingLog({"won": [1.0]}, 4, interrupted=False)

    for module in ("_conditional_training", "_vanilla_gan_over_sampler"):
        monkeypatch.setattr(f"skwbc.{module}.train_adversarial", train)
    return listed


@pytest.mark.parametrize(
    ("classifier", "kind", "attribute", "expected"),
    [
        (CNNClassifier(filters=(2, 3)), "Conv2D", "filters", [2, 3]),
        (CNNClassifier(kernel_size=5), "Conv2D", "kernel_size", [(5, 5)] * 3),
        (CNNClassifier(dropout=0.1, dense_dropout=0.2), "Dropout", "rate", [0.1, 0.2]),
        (CNNClassifier(dense_units=7), "Dense", "units", [7, 2]),
        (CNNRNNClassifier(filters=(2, 3)), "Conv2D", "filters", [2, 3]),
        (CNNRNNClassifier(kernel_size=5), "Conv2D", "kernel_size", [(5, 5)] * 2),
        (CNNRNNClassifier(lstm_units=5), "Bidirectional", "forward_layer.units", [5, 5]),
        (CNNRNNClassifier(lstm_units=5), "Bidirectional", "backward_layer.units", [5, 5]),
        (CNNRNNClassifier(dropout=0.1, dense_dropout=0.2), "Dropout", "rate", [0.1, 0.1, 0.2]),
        (CNNRNNClassifier(dense_units=7), "Dense", "units", [7, 2]),
        (CompactCNNClassifier(filters=(4, 8), dropout=0.1), "Dropout", "rate", [0.1]),
    ],
)
def test_layers_are_those_asked_for(classifier, kind, attribute, expected):
    assert read(build(classifier), kind, attribute) == expected


@pytest.mark.parametrize(
    ("merge", "kind", "other"),
    [("concatenate", "Concatenate", "Multiply"), ("multiply", "Multiply", "Concatenate")],
)
def test_the_branches_meet_as_asked_for(merge, kind, other):
    network = build(CNNRNNClassifier(merge=merge))
    assert [len(read(network, name, "name")) for name in (kind, other)] == [1, 0]


def test_a_backbone_is_built_from_the_file_of_its_weights(monkeypatch, tmp_path):
    monkeypatch.setattr(
        "skwbc._compact_cnn_classifier.build_backbone_classifier",
        lambda *shapes, **settings: (shapes, settings),
    )
    asked = {"backbone": "ConvNeXtTiny", "weights": tmp_path / "body.weights.h5", "dropout": 0.1}
    shapes, settings = build(CompactCNNClassifier(**asked))
    assert shapes == ((12, 12, 3), 2)
    assert settings == {**asked, "dtype": "float32", "seed": 0}


def test_the_game_is_the_one_asked_for(unbalanced, games):
    asked = {"penalty": (2.0, 0.5), "penalty_interval": 3, "averaging_images": 77}
    make_sampler(**asked, augmentation_probability=0.25).fit_resample(*unbalanced)
    (game,) = games
    assert {name: getattr(game, name) for name in asked} == asked
    assert float(game.augmentation) == 0.25
    assert game.n_images == 8


def test_a_vanilla_discriminator_drops_what_it_is_asked_to(unbalanced, games):
    clone(TINY_VANILLA_GAN).set_params(dropout=0.1).fit_resample(*unbalanced)
    rates = [read(game.discriminator, "Dropout", "rate") for game in games]
    assert rates == [[0.1] * 3] * 2
