/* The print list: who has how many prints on which sheet, for whoever cuts, sorts and posts them. */
#pragma once

#include "firmware/export/labels.h"
#include "firmware/export/print.h"

/** print_list() - the file @path, any ending of lists.h. Return: 0; -EINVAL ending; negative errno. */
int print_list(const char *path, const struct print_result *r);

/** print_label_list() - what the labels say, as a table. */
int print_label_list(const char *path, const struct label *all, int count);
