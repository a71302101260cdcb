/* The kiosk from outside. */
#pragma once

#include "firmware/kiosk/kiosk_config.h"

/**
 * kiosk_run() - the kiosk's whole life, until SIGTERM or SIGINT
 * @job: an existing job under config->data
 * @control_path: UNIX socket to listen on, NULL none
 * Return: exit status.
 */
int kiosk_run(const struct kiosk_config *config, const char *job, const char *control_path);
