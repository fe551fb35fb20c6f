import joblib
import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from skwbc import (
    AugmentationOverSampler,
    CNNClassifier,
    GANOverSampler,
    Pipeline,
    ablation_arms,
    ablation_pipelines,
)
from skwbc._ablation_arms import list_samplers
from skwbc._ablation_names import PUBLISHED_ARMS

ARMS = list(PUBLISHED_ARMS)


def test_pipelines_are_the_four_arms():
    pipelines = ablation_pipelines(CNNClassifier(epochs=3, augmentation="traditional"))
    assert list(pipelines) == ARMS
    assert [list(p.named_steps) for p in pipelines.values()] == [
        ["classifier"],
        ["classifier"],
        ["sampler", "classifier"],
        ["sampler", "classifier"],
    ]
    augmentations = [p[-1].augmentation for p in pipelines.values()]
    assert augmentations == [None, "traditional", None, "traditional"]
    assert all(isinstance(p, Pipeline) and p[-1].epochs == 3 for p in pipelines.values())
    assert isinstance(pipelines["GAN"][0], GANOverSampler)
    assert pipelines["GAN"][0].sampling_strategy(["a", "b", "b"]) == {"a": 300, "b": 300}
    assert len({id(step) for p in pipelines.values() for _, step in p.steps}) == 6


def test_pipelines_leave_what_they_are_given_alone():
    classifier, gan = CNNClassifier(), AugmentationOverSampler(sampling_strategy="all")
    ablation_pipelines(classifier, gan=gan, samples_per_class=5)
    assert (classifier.augmentation, gan.sampling_strategy) == (None, "all")
    kept = ablation_pipelines(classifier, gan=gan, samples_per_class=None)
    assert kept["GAN"][0].sampling_strategy == "all"


def test_samplers_of_two_arms_are_one_to_a_memory():
    first = ablation_pipelines(CNNClassifier())
    second = ablation_pipelines(CNNClassifier(epochs=1))
    gans = [first["GAN"][0], first["GAN + traditional"][0], second["GAN"][0]]
    assert len({joblib.hash(gan) for gan in gans}) == 1


def test_all_arms_bring_classes_to_the_same_size():
    X = np.random.default_rng(0).integers(0, 256, (12, 4, 4, 1), dtype=np.uint8)
    y = np.repeat(["a", "b"], [8, 4])
    arms = ablation_arms(gan=AugmentationOverSampler(), samples_per_class=10)
    assert list(arms)[:4] == ARMS
    made = {}
    for name, arm in arms.items():
        for _, sampler in list_samplers(arm):
            images, labels = sampler.fit_resample(X, y)
            assert (labels.tolist().count("a"), labels.tolist().count("b")) == (10, 10)
            assert images.dtype == np.uint8
            made[name] = images[12:]
    of_gan = {"GAN", "GAN + traditional", "GAN + cells", "GAN + laboratories"}
    assert set(made) == of_gan | {"copies", "augmented copies", "SMOTE"}
    real = {image.tobytes() for image in X}
    assert all(image.tobytes() in real for image in made["copies"])


def test_an_arm_sets_the_classifier():
    arms = {"weights": {"class_weight": "balanced"}, "long": {"epochs": 9}, "plain": {}}
    pipelines = ablation_pipelines(CNNClassifier(epochs=2), arms=arms)
    set_by_arm = {a: (p[-1].class_weight, p[-1].epochs) for a, p in pipelines.items()}
    assert set_by_arm == {"weights": ("balanced", 2), "long": (None, 9), "plain": (None, 2)}


def test_a_classifier_need_not_have_what_an_arm_leaves_out():
    arms = ablation_arms()
    usual = {name: arms[name] for name in ("original", "GAN", "copies")}
    pipelines = ablation_pipelines(KNeighborsClassifier(), arms=usual)
    assert {type(p[-1]) for p in pipelines.values()} == {KNeighborsClassifier}
    with pytest.raises(ValueError, match="Invalid parameter 'class_weight'"):
        ablation_pipelines(KNeighborsClassifier(), arms={"a": {"class_weight": "balanced"}})


def test_an_arm_may_have_several_steps():
    steps = [("unchanged", "passthrough"), ("copies", AugmentationOverSampler())]
    pipelines = ablation_pipelines(CNNClassifier(), arms={"two": {"sampler": steps}})
    assert list(pipelines["two"].named_steps) == ["unchanged", "copies", "classifier"]


def test_unknown_parameter_is_refused():
    with pytest.raises(ValueError, match="Invalid parameter 'filtres'"):
        ablation_pipelines(CNNClassifier(), arms={"a": {"filtres": 3}})
