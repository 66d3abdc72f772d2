// SPDX-License-Identifier: Apache-2.0
// The file of a load tool: followed each second, some megabytes at a time.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/load/watched_source.h"
#include "probes/endpoint/file_tail.h"
#include "probes/endpoint/load_reader.h"
#include "probes/endpoint/load_windows.h"

namespace seep::agent {

class FileSource : public WatchedSource {
 public:
  FileSource(const LoadRun& run, const endpoint::LoadSource& source, double now_s);

  double due_s() const override { return due_s_; }
  void Look(double now_s, uint64_t id, endpoint::Scraper& scraper) override;
  void TakeAnswer(double, const endpoint::ScrapeAnswer&) override {}  // never asked
  void Finish(double now_s, bool may_ask) override;
  bool is_finished() const override { return is_finished_; }
  std::vector<model::LoadWindow> TakeWindows(bool is_last) override;
  std::vector<std::string> Warnings() const override;

 private:
  void TakeLine(std::string_view line);
  void Tell(std::string_view line);
  void TakeLook(double now_s, const endpoint::FileTail::Look& look);

  endpoint::LoadSource source_;  // with the format that was told
  endpoint::FileTail tail_;
  endpoint::LoadWindows windows_;
  std::unique_ptr<endpoint::LoadReader> reader_;  // once the format is known
  double due_s_;
  bool is_at_end_ = true;
  double completed_at_s_ = 0;  // the file as written then has been told to the end
  uint64_t lines_ = 0;
  uint64_t malformed_ = 0;
  std::string first_malformed_;
  bool is_finishing_ = false;
  bool is_finished_ = false;
};

}  // namespace seep::agent
