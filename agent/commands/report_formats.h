// SPDX-License-Identifier: Apache-2.0
// The formats that reports can be had in, and the files that they go to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analysis/report/report.h"
#include "storage/model/error.h"

namespace seep::agent {

struct ReportFormat {
  const char* name;
  const char* suffix;  // of its files
  std::string (*write)(const report::ReportInput&);
  bool is_drawn = false;  // has flame graphs: needs the frames of more stacks (JudgeSettings)
};

// A usage error that names the formats when there is no such.
model::Result<const ReportFormat*> FindReportFormat(std::string_view name);

// "text, json, ..."
std::string ReportFormatNames();

struct ReportFile {
  const ReportFormat* format = nullptr;
  std::string path;
};

// "FORMAT=FILE"
model::Result<ReportFile> ParseReportFile(std::string_view text);

// Before hours of work: can the files be written when they are done?
model::Status CheckReportFiles(const std::vector<ReportFile>& files);

// As the user gave it, absolute, without "." and "..", and with what its links lead to. The current
// directory stands for none; of the root directory everything would be a source.
std::vector<std::string> SourceRoots(const std::vector<std::string>& given);

}  // namespace seep::agent
