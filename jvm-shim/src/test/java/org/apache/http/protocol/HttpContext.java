package org.apache.http.protocol;

/** See HttpRequestBase. */
public interface HttpContext {}
