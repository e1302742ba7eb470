"""VST3 plugins, hosted by pedalboard: an extra, under the GPLv3, which is asked for by whoever wants them."""
