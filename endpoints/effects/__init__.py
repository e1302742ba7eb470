"""Effects with knobs behind one protocol: LV2 and VST3 plugins, pedalboard's own, and a set of ours in torch."""
