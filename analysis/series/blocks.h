// SPDX-License-Identifier: Apache-2.0
// The usable part of a series (after warm-up), checked and reduced to blocks of equal time. Every
// test of a series works on these blocks, so that tick length and run length do not matter to it.
#pragma once

#include <string>
#include <vector>

#include "storage/model/series.h"

namespace seep::analysis {

// The time in which a series should have points: the life of its target within the run.
struct Window {
  double begin_s = 0;
  double end_s = 0;
};

// Where the part of a series to judge begins: begin + max(10 s, 2 % of the window). The rest of the
// warm-up is modelled, not cut: shapes.h (analysis.md 2.1).
double SeriesBegin(const Window& window);
// Where births and deaths of blocks are counted from: begin + max(10 s, 25 % of the window).
double WarmupEnd(const Window& window);

struct Blocks {
  double usable_begin_s = 0;
  double usable_end_s = 0;
  size_t points = 0;       // usable: finite, in order
  double gap_share = 0;    // of the usable part that no point covers
  double longest_gap = 0;  // the longest hole, as a share of the usable part
  double late_gap = 0;     // the longest one that reaches into its last quarter
  double level = 0;        // median of the usable points
  double first_level = 0;  // median of the first points of the window
  // One entry per block that has points.
  std::vector<double> time_s;
  std::vector<double> x;  // time as a share of the usable part, 0-1
  std::vector<double> median;
  std::vector<double> lower;  // 10 % quantile: follows the troughs of a sawtooth
  std::vector<double> upper;  // largest value
  std::string shortage;       // why there is too little to judge; empty: enough

  double usable_s() const { return usable_end_s - usable_begin_s; }
};

inline constexpr double kMinUsable_s = 30;
inline constexpr size_t kMinPoints = 12;
inline constexpr size_t kMinBlocks = 8;
inline constexpr double kMaxGapShare = 0.1;
inline constexpr double kMaxLateGap = 0.05;  // the end decides: no hole in it

// How many blocks so many usable points make, unless they hold whole cycles.
size_t BlockCount(size_t points);

// `period_s`: of a cycle that blocks should hold whole ones of, as far as enough blocks remain; 0:
// none is known.
Blocks MakeBlocks(const std::vector<model::Point>& points, const Window& window,
                  double period_s = 0);

// The mean of another series in each block; empty where it does not cover all of them.
std::vector<double> MeansInBlocks(const std::vector<model::Point>& points, const Blocks& blocks);

}  // namespace seep::analysis
