/* The program's own font list, for screens and for paper: config/fonts.conf, family "tapshot". */
#pragma once

/** fonts_init() - TAPSHOT_FONTS, fonts.conf beside the program or one folder up, else
 * /usr/share/tapshot/fonts.conf. Any number of times, any thread; without it the system's list. */
void fonts_init(void);
