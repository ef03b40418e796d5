//! A simulator of the part of Meta's Graph API that adsync reads.
