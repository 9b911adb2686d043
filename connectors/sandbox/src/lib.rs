//! Partner Center and Salesforce on loopback.
