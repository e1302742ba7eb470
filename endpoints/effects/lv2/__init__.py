"""LV2 plugins (lv2plug.in), hosted by way of lilv, a library of the system: no sound device, no window."""
