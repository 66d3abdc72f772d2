// SPDX-License-Identifier: Apache-2.0
#include "analysis/stats/distributions.h"

#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/math/special_functions/beta.hpp>

namespace seep::analysis {
namespace {

namespace policies = boost::math::policies;

// We do not throw (style.md, "Errors"); results must not depend on the width of long double.
using Quiet = policies::policy<
    policies::domain_error<policies::ignore_error>, policies::pole_error<policies::ignore_error>,
    policies::overflow_error<policies::ignore_error>,
    policies::evaluation_error<policies::ignore_error>, policies::promote_double<false>>;
using StudentT = boost::math::students_t_distribution<double, Quiet>;
using Binomial = boost::math::binomial_distribution<double, Quiet>;

}  // namespace

double StudentTQuantile(double probability, double degrees) {
  return boost::math::quantile(StudentT(degrees), probability);
}

double StudentTUpperTail(double t, double degrees) {
  return boost::math::cdf(boost::math::complement(StudentT(degrees), t));
}

double BinomialUpperTail(uint64_t successes, uint64_t trials, double probability) {
  if (successes == 0 || trials == 0) return 1;
  if (successes > trials) return 0;
  const Binomial binomial(static_cast<double>(trials), probability);
  return boost::math::cdf(boost::math::complement(binomial, static_cast<double>(successes - 1)));
}

double ShareLowerBound(double successes, double trials, double confidence) {
  if (!(successes > 0) || !(trials > 0)) return 0;
  return boost::math::ibeta_inv(successes, trials - successes + 1, 1 - confidence, Quiet());
}

}  // namespace seep::analysis
