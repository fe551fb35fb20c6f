"""Train a network of skwbc in PyTorch, and print when each epoch ended, as JSON."""

import json
import resource
import sys
import time
from types import SimpleNamespace

import torch
from torch import nn

MEGABYTE = 1024  # kilobytes


class CNN(nn.Module):
    """The published CNN."""

    def __init__(self, shape, n_classes):
        super().__init__()
        height, width, channels = shape
        self.features = nn.Sequential(
            *(nn.Conv2d(channels, 32, 3), nn.ReLU()),
            *(nn.Conv2d(32, 64, 3), nn.ReLU()),
            *(nn.Conv2d(64, 64, 3), nn.ReLU()),
            *(nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten()),
        )
        n_features = 64 * ((height - 6) // 2) * ((width - 6) // 2)
        self.head = make_head(n_features, n_classes)

    def forward(self, images):
        """Give logits: (batch, channels, height, width) -> (batch, n_classes)."""
        return self.head(self.features(images))


class CNNRNN(nn.Module):
    """The published CNN-RNN."""

    def __init__(self, shape, n_classes):
        super().__init__()
        height, width, channels = shape
        self.rows = nn.LSTM(width, 64, num_layers=2, bidirectional=True, batch_first=True)
        self.features = nn.Sequential(
            *(nn.Conv2d(channels, 32, 3), nn.ReLU()),
            *(nn.Conv2d(32, 64, 3), nn.ReLU()),
            *(nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten()),
        )
        n_features = 64 * ((height - 4) // 2) * ((width - 4) // 2)
        self.head = make_head(n_features + 128, n_classes)

    def forward(self, images):
        """Give logits: (batch, channels, height, width) -> (batch, n_classes)."""
        _, (last, _) = self.rows(images.mean(1))
        last = torch.cat([last[-2], last[-1]], 1)
        last = nn.functional.dropout(last, 0.25, self.training)
        return self.head(torch.cat([last, self.features(images)], 1))


class CompactCNN(nn.Sequential):
    """The small network for crops."""

    def __init__(self, shape, n_classes):
        steps = [*make_block(shape[2], 32, 4, stride=2, padding=1)]
        n_before = 32
        for i, n_filters in enumerate((64, 96, 128)):
            steps += [nn.MaxPool2d(2)] if i else []
            steps += make_block(n_before, n_filters, 3, padding=1)
            steps += make_block(n_filters, n_filters, 3, padding=1)
            n_before = n_filters
        pool = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.3))
        super().__init__(*steps, *pool, nn.Linear(n_before, n_classes))


def make_block(n_before, n_filters, side, **settings):
    """Convolve, normalise, ReLU."""
    convolution = nn.Conv2d(n_before, n_filters, side, bias=False, **settings)
    return convolution, nn.GroupNorm(n_filters // 8, n_filters), nn.ReLU()


def make_head(n_features, n_classes):
    """Connect fully, with a dropout between."""
    hidden = nn.Linear(n_features, 128)
    return nn.Sequential(hidden, nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, n_classes))


NETWORKS = {"CNN": CNN, "CNN-RNN": CNNRNN, "compact CNN": CompactCNN}


def train_well(task, network, images, codes):
    """Train with channels last, in bfloat16."""
    network = network.to(memory_format=torch.channels_last)
    images = images.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), task.learning_rate)
    ends = []
    for _ in range(task.n_epochs):
        for chosen in torch.randperm(task.n_images).split(task.batch_size):
            optimizer.zero_grad(set_to_none=True)
            with torch.autocast("cpu", torch.bfloat16):
                logits = network(images[chosen])
            nn.functional.cross_entropy(logits.float(), codes[chosen]).backward()
            optimizer.step()
        ends.append(time.perf_counter())
    return ends


def train_skorch(task, network, images, codes):
    """Train as the documentation of skorch does."""
    from skorch import NeuralNetClassifier
    from skorch.callbacks import Callback

    ends = []

    class Clock(Callback):
        def on_epoch_end(self, net, **kwargs):
            ends.append(time.perf_counter())

    NeuralNetClassifier(
        network,
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=task.learning_rate,
        max_epochs=task.n_epochs,
        batch_size=task.batch_size,
        iterator_train__shuffle=True,
        train_split=None,
        callbacks=[Clock()],
        verbose=0,
    ).fit(images.numpy(), codes.numpy())
    return ends


def main():
    """Do what the command line describes."""
    task = SimpleNamespace(**json.loads(sys.argv[1]))
    torch.manual_seed(0)
    height, width, channels = task.shape
    images = torch.rand(task.n_images, channels, height, width)
    codes = torch.arange(task.n_images) % task.n_classes
    network = NETWORKS[task.case](task.shape, task.n_classes)
    train = {"written well": train_well, "skorch": train_skorch}[task.style]
    ends = train(task, network, images, codes)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE
    print(json.dumps({"ends": ends, "peak memory (MB)": peak}))


if __name__ == "__main__":
    main()
