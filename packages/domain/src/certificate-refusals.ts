/**
 * What is wrong with the encryption of a connection, and what to do about it in the URL of a server, by Node's code.
 * The parameters have the same names for Postgres and for Redis. None of these passes by waiting.
 */
export const certificateRefusals: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN:
    'its certificate is signed by an authority that is not trusted. Add sslrootcert=/path/ca.pem with that authority, or sslmode=no-verify',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'its certificate is signed by itself. Add sslrootcert=/path/certificate.pem with that certificate, or sslmode=no-verify',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate is signed by an authority that is not trusted. Add sslrootcert=/path/ca.pem with that authority, or correct the file that it names; or sslmode=no-verify',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate is signed by an authority that is not trusted. Add sslrootcert=/path/ca.pem with that authority, or correct the file that it names; or sslmode=no-verify',
  CERT_SIGNATURE_FAILURE:
    'its certificate is not signed by the authority of sslrootcert, but by another one of the same name. Correct the file that sslrootcert names',
  CERT_HAS_EXPIRED: 'its certificate has expired. Renew it on the server, or set the clock of this machine right',
  CERT_NOT_YET_VALID:
    'its certificate is not valid yet. Set the clock of this machine right, or give the server one that is valid',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate was issued for another host name. Name the host as the certificate does, or give the server a certificate for this name',
  ERR_SSL_WRONG_VERSION_NUMBER:
    'it does not speak TLS on this port. Correct the port, or connect without TLS (redis:// instead of rediss://)',
  ERR_SSL_PACKET_LENGTH_TOO_LONG:
    'it does not speak TLS on this port. Correct the port, or connect without TLS (redis:// instead of rediss://)',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    'it asks for a client certificate. Add sslcert=/path/client.pem and sslkey=/path/client.key',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE:
    'it refuses the handshake, as a server does that asks for a client certificate. Add sslcert=/path/client.pem and sslkey=/path/client.key, or give it a TLS version and ciphers that this side knows',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA:
    'it does not trust the authority of the client certificate. Correct the file that sslcert names, or the authorities of the server',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE:
    'it refuses the client certificate. Correct the files that sslcert and sslkey name',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'the client certificate has expired. Renew the file that sslcert names',
  ERR_OSSL_X509_KEY_VALUES_MISMATCH:
    'the key that sslkey names is not the one of the certificate that sslcert names. Correct one of them',
};
