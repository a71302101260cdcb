// The door to dlib: its HOG detector (weights built in) and its 68-point predictor. No exception
// leaves this file.
#include "drivers/face/face.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <new>
#include <vector>

#include <dlib/image_processing.h>
#include <dlib/image_processing/frontal_face_detector.h>
#include <dlib/revision.h>

namespace
{
const double threshold = 0.0; // 138 of 138 portraits found, no false alarm in 25 other pictures
const double points_box_px = 320; // the predictor answers in whole pixels: smaller is coarser
const double points_margin = 0.35; // of the box on each side; the jaw often leaves the box

typedef dlib::array2d<unsigned char> grey;

grey copy_luma(const face_luma *in)
{
	grey out(in->height_px, in->width_px);

	for (int y = 0; y < in->height_px; y++) {
		const uint8_t *row = in->px + (size_t)y * in->stride_bytes;

		std::copy(row, row + in->width_px, &out[y][0]);
	}
	return out;
}

double at(const face_luma *in, int x, int y)
{
	x = std::min(std::max(x, 0), in->width_px - 1);
	y = std::min(std::max(y, 0), in->height_px - 1);
	return in->px[(size_t)y * in->stride_bytes + (size_t)x];
}

unsigned char between(const face_luma *in, double x, double y)
{
	double fx = std::floor(x), fy = std::floor(y), dx = x - fx, dy = y - fy;
	int ix = (int)fx, iy = (int)fy;
	double top = at(in, ix, iy) * (1 - dx) + at(in, ix + 1, iy) * dx;
	double low = at(in, ix, iy + 1) * (1 - dx) + at(in, ix + 1, iy + 1) * dx;

	return (unsigned char)(top * (1 - dy) + low * dy + 0.5);
}

// A chip of the face; pixels outside the picture repeat its edge, because black would pull points.
struct chip {
	grey px;
	double x0, y0, step; // chip (i, j) is picture (x0 + step·i, y0 + step·j)
	dlib::rectangle face;
};

void cut_chip(const face_luma *in, const face_box *box, chip &c)
{
	double margin = points_margin * points_box_px;
	long side_x = (long)(points_box_px + 2 * margin), side_y = side_x;

	c.step = box->w / points_box_px;
	c.x0 = box->x - margin * c.step;
	c.y0 = box->y - margin * c.step;
	c.px.set_size(side_y, side_x);
	for (long y = 0; y < side_y; y++)
		for (long x = 0; x < side_x; x++)
			c.px[y][x] =
				between(in, c.x0 + c.step * (double)x, c.y0 + c.step * (double)y);
	c.face = dlib::rectangle((long)margin, (long)margin, (long)(margin + points_box_px),
				 (long)(margin + box->h / c.step));
}

struct dlib_engine {
	dlib::frontal_face_detector detector;
	dlib::shape_predictor points;
	bool has_points;
};

int open(const char *model_path, void **out)
try {
	dlib_engine *e = new dlib_engine;

	e->has_points = false;
	e->detector = dlib::get_frontal_face_detector();
	if (model_path && *model_path) {
		std::ifstream file(model_path, std::ios::binary);

		if (file) {
			try {
				dlib::deserialize(e->points, file);
				e->has_points = e->points.num_parts() == FACE_POINTS;
			} catch (const dlib::serialization_error &) {
			}
			if (!e->has_points) {
				delete e;
				return -EINVAL;
			}
		}
	}
	*out = e;
	return 0;
} catch (...) {
	return -ENOMEM;
}

void close(void *own)
{
	delete static_cast<dlib_engine *>(own);
}

bool has_points(const void *own)
{
	return static_cast<const dlib_engine *>(own)->has_points;
}

int find(void *own, const face_luma *luma, face_box *boxes)
try {
	dlib_engine *e = static_cast<dlib_engine *>(own);
	std::vector<dlib::rect_detection> found;
	int n = 0;

	e->detector(copy_luma(luma), found, threshold);
	std::sort(found.begin(), found.end(),
		  [](const dlib::rect_detection &a, const dlib::rect_detection &b) {
			  return a.rect.width() > b.rect.width();
		  });
	for (const dlib::rect_detection &f : found) {
		if (n == FACE_BOXES_MAX)
			break;
		boxes[n++] = face_box{ (double)f.rect.left(),  (double)f.rect.top(),
				       (double)f.rect.width(), (double)f.rect.height(),
				       f.detection_confidence, (int)f.weight_index };
	}
	return n;
} catch (...) {
	return -ENOMEM;
}

int find_points(void *own, const face_luma *luma, const face_box *box, face_point *points)
try {
	dlib_engine *e = static_cast<dlib_engine *>(own);
	chip c;

	if (!e->has_points)
		return -ENODATA;
	cut_chip(luma, box, c);
	dlib::full_object_detection shape = e->points(c.px, c.face);
	for (int i = 0; i < FACE_POINTS; i++) {
		points[i].x = c.x0 + c.step * (double)shape.part((unsigned long)i).x();
		points[i].y = c.y0 + c.step * (double)shape.part((unsigned long)i).y();
	}
	return 0;
} catch (...) {
	return -ENOMEM;
}
} // namespace

#define VERSION(major, minor) "dlib " TEXT(major) "." TEXT(minor)
#define TEXT(number)	      #number

extern "C" const face_ops face_dlib_ops = {
	"dlib",	     VERSION(DLIB_MAJOR_VERSION, DLIB_MINOR_VERSION), open, close, has_points, find,
	find_points,
};
