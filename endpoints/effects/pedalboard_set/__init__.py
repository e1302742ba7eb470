"""The effects that pedalboard brings along, as effects like any others: an extra, under the GPLv3."""
