// SPDX-License-Identifier: Apache-2.0
// Text in XML.
#pragma once

#include <string>
#include <string_view>

namespace seep::report {

// For content and attributes alike. Lines stay; all else that XML 1.0 has no place for (control
// characters, noncharacters, broken UTF-8) is replaced as by OneLine.
std::string XmlText(std::string_view text);

// ` name="value"`, with a blank before it.
std::string XmlAttribute(std::string_view name, std::string_view value);

}  // namespace seep::report
