/*
 * Has a device node come? Watches the folder the port's node will appear in, so that a reader that
 * is plugged in is seen at once. By inotify and not by uevents: it needs no library and also works
 * where the kernel's events do not reach a service with a network of its own. It only saves waiting:
 * whoever uses it tries again from time to time all the same.
 */
#pragma once

/** arrival_watch() - a readable descriptor once something came in @port's folder; close() it.
 * Return: -1 when nothing can be watched. */
int arrival_watch(const char *port);
