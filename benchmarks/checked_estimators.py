"""The estimators that `estimator_checks.py` checks, each as its own users would write it.

The checks fit dozens of small tables, so the networks are small. Each one is given what helps it
to pass: a seed, double precision, and batches that hold a whole table. The functions import what
they need, for the packages are optional and each estimator is checked in a process of its own.
"""

SKWBC_CLASSIFIER = {
    "filters": (8, 8),
    "dense_units": 16,
    "epochs": 30,
    "learning_rate": 0.01,
    "batch_size": 1000,
    "validation_fraction": 0,
    "dropout": 0,
    "dense_dropout": 0,
    "dtype": "float64",
    "random_state": 0,
}
DENSE = ("dense_units", "dense_dropout")  # the compact network has no such layer
SKWBC_GAN = {"max_images": 8, "batch_size": 4, "latent_dim": 3, "random_state": 0}


def cnn_classifier():
    from skwbc import CNNClassifier

    return CNNClassifier(**SKWBC_CLASSIFIER)


def cnn_rnn_classifier():
    from skwbc import CNNRNNClassifier

    return CNNRNNClassifier(**SKWBC_CLASSIFIER, lstm_units=4)


def compact_cnn_classifier():
    from skwbc import CompactCNNClassifier

    settings = {name: value for name, value in SKWBC_CLASSIFIER.items() if name not in DENSE}
    # random changes and a schedule would make a row of weight two unlike the same row twice
    return CompactCNNClassifier(**settings, augmentation=None, schedule=None)


def build_for_scikeras(meta):
    import keras

    if meta["target_type_"] == "binary":
        units, activation, loss = 1, "sigmoid", keras.losses.BinaryCrossentropy
    else:
        units, activation = meta["n_classes_"], "softmax"
        loss = keras.losses.SparseCategoricalCrossentropy
    model = keras.Sequential(
        [
            keras.Input((meta["n_features_in_"],)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(units, activation=activation),
        ]
    )
    # This reduction makes a weight of two the same as a row that is there twice.
    model.compile(keras.optimizers.Adam(0.03), loss(reduction="mean_with_sample_weight"))
    return model


def scikeras_classifier():
    import keras
    from scikeras.wrappers import KerasClassifier

    keras.config.set_floatx("float64")
    return KerasClassifier(
        build_for_scikeras, epochs=30, batch_size=1000, verbose=0, random_state=0
    )


def build_for_keras(X, y):
    import keras

    keras.utils.set_random_seed(0)  # the wrapper takes no seed
    model = keras.Sequential(
        [
            keras.Input((X.shape[1],)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(y.shape[1], activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.03), "categorical_crossentropy")
    return model


def keras_classifier():
    import keras

    keras.config.set_floatx("float64")
    return keras.wrappers.SKLearnClassifier(
        build_for_keras, fit_kwargs={"epochs": 30, "batch_size": 1000, "verbose": 0}
    )


def skorch_classifier():
    import torch
    from skorch import NeuralNetClassifier
    from torch_network import Perceptron, Seed

    return NeuralNetClassifier(
        Perceptron,
        optimizer=torch.optim.Adam,
        lr=0.03,
        max_epochs=100,
        batch_size=-1,
        train_split=None,
        callbacks=[Seed()],
        verbose=0,
    )


def mlp_classifier():
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(max_iter=100, random_state=0)


def gan_over_sampler():
    from skwbc import GANOverSampler

    return GANOverSampler(**SKWBC_GAN, generator_filters=(4,), discriminator_filters=(4, 4))


def vanilla_gan_over_sampler():
    from skwbc import VanillaGANOverSampler

    return VanillaGANOverSampler(
        **SKWBC_GAN, generator_filters=(4, 4), discriminator_filters=(4, 4, 4)
    )


def augmentation_over_sampler():
    from skwbc import AugmentationOverSampler

    return AugmentationOverSampler(random_state=0)


def random_over_sampler():
    from imblearn.over_sampling import RandomOverSampler

    return RandomOverSampler(random_state=0)


def smote():
    from imblearn.over_sampling import SMOTE

    return SMOTE(random_state=0)


CLASSIFIERS = {
    "skwbc.CNNClassifier": cnn_classifier,
    "skwbc.CNNRNNClassifier": cnn_rnn_classifier,
    "skwbc.CompactCNNClassifier": compact_cnn_classifier,
    "scikeras.wrappers.KerasClassifier": scikeras_classifier,
    "keras.wrappers.SKLearnClassifier": keras_classifier,
    "skorch.NeuralNetClassifier": skorch_classifier,
    "sklearn.neural_network.MLPClassifier": mlp_classifier,
}
SAMPLERS = {
    "skwbc.GANOverSampler": gan_over_sampler,
    "skwbc.VanillaGANOverSampler": vanilla_gan_over_sampler,
    "skwbc.AugmentationOverSampler": augmentation_over_sampler,
    "imblearn.over_sampling.RandomOverSampler": random_over_sampler,
    "imblearn.over_sampling.SMOTE": smote,
}
