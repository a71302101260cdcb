/* What the markers of a JPEG say about orientation and colour. Bytes are hostile. */
#pragma once

#include <stdio.h>

#include <jpeglib.h>

#include "firmware/base/jpeg.h"

/** jpeg_marks_read() - orientation and colour from APP1 and APP2; the first EXIF counts. */
void jpeg_marks_read(jpeg_saved_marker_ptr list, struct jpeg_info *info);
