"""What skorch needs from PyTorch: a small network, and a seed."""

import torch
from skorch.callbacks import Callback


class Perceptron(torch.nn.Module):
    """Network of one hidden layer that finds the number of features at the first batch.

    A module does not see the classes: their number is a parameter, here more than any check has.
    """

    def __init__(self, n_classes=10):
        super().__init__()
        self.hidden = torch.nn.LazyLinear(16)
        self.output = torch.nn.LazyLinear(n_classes)
        self.double()

    def forward(self, X):
        """Give the probabilities of the classes: (batch, n_features) -> (batch, n_classes)."""
        hidden = torch.relu(self.hidden(X.double()))
        return torch.softmax(self.output(hidden), dim=-1)


class Seed(Callback):
    """Make a training repeatable: skorch's nets take no seed."""

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        """Seed PyTorch."""
        torch.manual_seed(0)
